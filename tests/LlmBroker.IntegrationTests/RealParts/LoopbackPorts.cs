using System.Net;
using System.Net.Sockets;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>Free ports on the loopback interface.</summary>
internal static class LoopbackPorts
{
    // Below the range that the kernel gives to outgoing connections: while a server is down, a client that tries to
    // reconnect could otherwise be given that very port, connect to itself and keep the server from coming back.
    private const int First = 10_000;
    private const int End = 32_000;

    public static int[] Take(int count)
    {
        var listeners = new List<TcpListener>(count);
        try
        {
            while (listeners.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, End));
                try
                {
                    listener.Start();
                    listeners.Add(listener);
                }
                catch (SocketException)
                {
                    listener.Dispose();
                }
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}

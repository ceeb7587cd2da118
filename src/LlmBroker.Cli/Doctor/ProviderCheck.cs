using System.Net.Sockets;
using LlmBroker.Configuration;

namespace LlmBroker.Cli.Doctor;

/// <summary>Each provider account: its host answers. No call is made that could cost something.</summary>
internal static class ProviderCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<Finding> RunAsync(string account, ProviderOptions options, CancellationToken cancellationToken)
    {
        var check = $"provider {account}";
        var address = options.BaseUrl ?? new Uri(options.Type == "anthropic" ? "https://api.anthropic.com/" : "https://api.openai.com/");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, timeout.Token);
            return options.ApiKey is null
                ? Finding.Warning(check, $"{address.Host}:{address.Port} answers; no API key is configured", "Set apiKey unless the vendor needs none.")
                : Finding.Ok(check, $"{address.Host}:{address.Port} answers, the key is there");
        }
        catch (SocketException exception)
        {
            return Finding.Fault(check, $"{address.Host}:{address.Port}: {exception.Message}", "Check baseUrl, name resolution and the firewall.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Fault(check, $"{address.Host}:{address.Port} does not answer within {Patience.TotalSeconds:0} s", "Check baseUrl and the firewall.");
        }
    }
}

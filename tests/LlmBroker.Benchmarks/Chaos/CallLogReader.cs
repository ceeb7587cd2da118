using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Simulation.CallLog;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Follows VendorSim's call log while it grows.</summary>
internal sealed class CallLogReader(string path)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly List<VendorCall> calls = [];
    private readonly List<byte> rest = [];
    private long position;

    /// <summary>Everything that was read up to now.</summary>
    public IReadOnlyList<VendorCall> Calls => calls;

    /// <summary>Calls that began after an instant and wait for their answer now.</summary>
    public int CountInFlight(DateTimeOffset since)
    {
        Read();
        var now = TimeProvider.System.GetUtcNow();
        var count = 0;
        for (var i = calls.Count - 1; i >= 0 && calls[i].At > since && calls[i].At > now - TimeSpan.FromSeconds(10); i--)
        {
            if (calls[i].At.AddMilliseconds(calls[i].LatencyPlannedMs) > now)
                count++;
        }

        return count;
    }

    public void Read()
    {
        if (!File.Exists(path))
            return;

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(position, SeekOrigin.Begin);
        var buffer = new byte[64 * 1024];
        while (file.Read(buffer) is var length and > 0)
        {
            position += length;
            foreach (var value in buffer.AsSpan(0, length))
            {
                if (value == (byte)'\n')
                    Take();
                else
                    rest.Add(value);
            }
        }
    }

    private void Take()
    {
        var line = Encoding.UTF8.GetString([.. rest]);
        rest.Clear();
        try
        {
            if (line.Length > 0)
                calls.Add(JsonSerializer.Deserialize<VendorCall>(line, Json)!);
        }
        catch (JsonException)
        {
            // Torn by a kill: the call was not answered either.
        }
    }
}

using System.Text.Json;

namespace LlmBroker.Simulation.CallLog;

/// <summary>Takes up a call log where an earlier process left it, perhaps in the middle of a line.</summary>
internal static class CallLogTail
{
    private const int TailLength = 64 * 1024;

    /// <summary>Moves to the end, ends a torn line, and returns the last sequence number (0 in a new file).</summary>
    public static long Resume(FileStream file)
    {
        if (file.Length == 0)
            return 0;
        file.Seek(-Math.Min(TailLength, file.Length), SeekOrigin.End);
        var tail = new byte[file.Length - file.Position];
        file.ReadExactly(tail);
        if (tail[^1] != (byte)'\n')
            file.WriteByte((byte)'\n');
        return LastSequence(tail);
    }

    private static long LastSequence(ReadOnlySpan<byte> tail)
    {
        while (!tail.IsEmpty)
        {
            var start = tail.LastIndexOf((byte)'\n') + 1;
            if (Sequence(tail[start..]) is { } sequence)
                return sequence;
            tail = tail[..Math.Max(0, start - 1)];
        }

        return 0;
    }

    private static long? Sequence(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return null;
        try
        {
            return JsonSerializer.Deserialize(line, CallLogJson.Default.VendorCall)?.Sequence;
        }
        catch (JsonException)
        {
            // A torn line has no number to go on from; the one before it has.
            return null;
        }
    }
}

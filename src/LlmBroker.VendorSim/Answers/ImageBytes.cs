namespace LlmBroker.Simulation.Answers;

/// <summary>Looks into the bytes of a picture, as vendors do: they believe the bytes, not what the caller says of them.</summary>
internal static class ImageBytes
{
    private const int SignatureLength = 12;

    /// <summary>The bytes of padded standard base64; null when it is none.</summary>
    public static byte[]? FromBase64(ReadOnlySpan<char> text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return text.Length > 0 && Convert.TryFromBase64Chars(text, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>png, jpeg, gif or webp; null when it is neither.</summary>
    public static string? Format(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SignatureLength)
            return null;
        if (bytes[0] == 0x89 && bytes[1..].StartsWith("PNG\r\n"u8))
            return "png";
        if (bytes is [0xFF, 0xD8, 0xFF, ..])
            return "jpeg";
        if (bytes.StartsWith("GIF8"u8))
            return "gif";
        return bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "webp" : null;
    }
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace LlmBroker.Simulation.Answers;

/// <summary>
/// All that is said to the model. The transcript is the canonical form that is hashed: for each message the role, U+001F, the text, U+001E;
/// a system prompt comes first. It is the same whichever vendor's shape carried it.
/// </summary>
/// <param name="EndsWithUser">Whether the user's words are the last; false after an answer or the results of tools.</param>
internal sealed record Prompt(string Transcript, string LastUserText, int Tokens, bool EndsWithUser)
{
    private const int EchoLength = 100;

    public int Characters => Transcript.Length;

    /// <summary>The beginning of the last user message on one line.</summary>
    public string Echo() => Echo(LastUserText);

    public static string Echo(string text)
    {
        var length = Math.Min(EchoLength, text.Length);
        if (length > 0 && char.IsHighSurrogate(text[length - 1]))
            length--;
        // Half a number would be another one.
        while (length < text.Length && length > 0 && (char.IsAsciiDigit(text[length - 1]) || (text[length - 1] is '.' or ',' && char.IsAsciiDigit(text[length]))))
            length--;
        return text[..length].ReplaceLineEndings(" ").Trim();
    }

    /// <summary>SHA-256, in lower-case hex, of the model's name, U+001E and the transcript in UTF-8.</summary>
    public string Sha256(string model)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(model.Length + 1 + Transcript.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(model, buffer);
            buffer[length++] = 0x1E;
            length += Encoding.UTF8.GetBytes(Transcript, buffer.AsSpan(length));
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(buffer.AsSpan(0, length), hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

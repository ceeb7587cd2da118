using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace LlmBroker.Cli.Submit;

/// <summary>Reads a JSONL file line by line in constant memory.</summary>
internal static class InputFile
{
    /// <summary>A longer line is not read; RabbitMQ would not take the message.</summary>
    public const int MaxLineBytes = 16 * 1024 * 1024;

    private const int FirstBufferBytes = 128 * 1024;

    private static readonly byte[] Utf8Mark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads it once to know how much there is to do, and which job it is.</summary>
    public static async Task<InputSurvey> SurveyAsync(string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var lines = 0;
        await foreach (var line in ReadAsync(path, cancellationToken))
        {
            hash.AppendData(line.Bytes.Span);
            hash.AppendData("\n"u8);
            lines++;
        }

        return new InputSurvey(lines, hash.GetHashAndReset());
    }

    /// <summary>The lines that are not blank. The bytes of a line are valid until the next one is asked for.</summary>
    public static async IAsyncEnumerable<RawLine> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await foreach (var line in ReadAsync(file, cancellationToken))
            yield return line;
    }

    /// <inheritdoc cref="ReadAsync(string, CancellationToken)"/>
    public static async IAsyncEnumerable<RawLine> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            var (start, searched, end) = (0, 0, 0);
            var (number, offset) = (1, 0L);
            var (atEnd, tooLong) = (false, false);
            while (true)
            {
                var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
                if (newline >= 0 || (atEnd && start < end))
                {
                    var lineEnd = newline >= 0 ? searched + newline : end;
                    tooLong |= lineEnd - start > MaxLineBytes;
                    var text = Trim(buffer.AsMemory(start, lineEnd - start), isFirst: number == 1);
                    if (tooLong || text.Length > 0)
                        yield return new RawLine(number, offset, lineEnd - start, tooLong ? default : text, tooLong);

                    var next = Math.Min(lineEnd + 1, end);
                    (offset, number, tooLong) = (offset + next - start, number + 1, false);
                    (start, searched) = (next, next);
                    continue;
                }

                if (atEnd)
                {
                    if (tooLong)
                        yield return new RawLine(number, offset, 0, default, TooLong: true);
                    yield break;
                }

                searched = end;
                if (end - start > MaxLineBytes)
                {
                    tooLong = true;
                    offset += end - start;
                    (start, searched, end) = (0, 0, 0);
                }

                if (end == buffer.Length)
                {
                    var target = start > 0 ? buffer : ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(start, end - start).CopyTo(target);
                    if (target != buffer)
                        ArrayPool<byte>.Shared.Return(buffer);
                    buffer = target;
                    (start, searched, end) = (0, searched - start, end - start);
                }

                var read = await file.ReadAsync(buffer.AsMemory(end), cancellationToken);
                atEnd = read == 0;
                end += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads one line again that <see cref="ReadAsync"/> gave before.</summary>
    public static async Task<RawLine> ReadAgainAsync(string path, InFlightLine line, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, options: FileOptions.Asynchronous);
        var bytes = new byte[line.Length];
        for (var read = 0; read < bytes.Length;)
        {
            var count = await RandomAccess.ReadAsync(file, bytes.AsMemory(read), line.Offset + read, cancellationToken);
            if (count == 0)
                throw new SubmitFailedException($"{path} became shorter while it was read. Leave the input as it is until the job is done.");
            read += count;
        }

        return new RawLine(line.Number, line.Offset, line.Length, Trim(bytes, isFirst: line.Number == 1), TooLong: false);
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, bool isFirst)
    {
        if (isFirst && line.Span.StartsWith(Utf8Mark))
            line = line[Utf8Mark.Length..];
        return line.Trim(" \t\r"u8);
    }
}

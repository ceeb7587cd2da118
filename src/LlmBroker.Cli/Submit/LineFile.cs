using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// A JSONL file that only grows. What a kill left of a last line is cut off on opening, and nothing is ever cut off a file that is
/// not one of ours.
/// </summary>
internal sealed class LineFile<T> : IDisposable
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FileStream file;
    private readonly JsonTypeInfo<T> type;
    private readonly ArrayBufferWriter<byte> buffer = new(4096);
    private readonly Lock writing = new();

    private LineFile(FileStream file, JsonTypeInfo<T> type)
    {
        this.file = file;
        this.type = type;
    }

    /// <summary>Opens the file, made if need be, gives each line to <paramref name="read"/>, and stands at its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The shape of its lines.</param>
    /// <param name="readType">The shape in which they are read back.</param>
    /// <param name="beginnings">How each line of ours begins.</param>
    /// <param name="read">Takes one line after the other; false says that it is none of ours.</param>
    /// <param name="share">What others may do with it meanwhile; off Windows only <see cref="FileShare.None"/> keeps anybody off.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="SubmitFailedException">The file is in use, cannot be opened, or is not one of ours.</exception>
    public static async Task<LineFile<T>> OpenAsync<TRead>(
        string path, JsonTypeInfo<T> type, JsonTypeInfo<TRead> readType, string[] beginnings, Func<TRead, bool> read, FileShare share, CancellationToken cancellationToken)
        where TRead : class
    {
        var file = Open(path, share);
        try
        {
            var good = 0L;
            await foreach (var line in InputFile.ReadAsync(file, cancellationToken))
            {
                if (line.Offset + line.Length == file.Length)
                {
                    RefuseUnlessOurs(path, line, beginnings);
                    break;
                }

                if (TryRead(line, readType) is not { } entry || !read(entry))
                    throw Foreign(path, line.Number);
                good = line.Offset + line.Length + 1;
            }

            file.SetLength(good);
            file.Position = good;
            return new LineFile<T>(file, type);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a line. It is in this process until <see cref="Flush"/>.</summary>
    public void Add(T line)
    {
        lock (writing)
        {
            buffer.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
                JsonSerializer.Serialize(writer, line, type);
            buffer.Write("\n"u8);
            file.Write(buffer.WrittenSpan);
        }
    }

    /// <summary>Hands everything to the operating system: from then on the end of this process loses nothing.</summary>
    public void Flush()
    {
        lock (writing)
            file.Flush();
    }

    public void Dispose() => file.Dispose();

    private static FileStream Open(string path, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 64 * 1024);
        }
        catch (IOException exception)
        {
            throw new SubmitFailedException($"{path} cannot be opened: {exception.Message} Is another submit of this job running?", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new SubmitFailedException($"{path} cannot be written: {exception.Message}", exception);
        }
    }

    private static TRead? TryRead<TRead>(RawLine line, JsonTypeInfo<TRead> type)
        where TRead : class
    {
        try
        {
            return JsonSerializer.Deserialize(line.Bytes.Span, type);
        }
        catch (JsonException)
        {
            // The caller says which line of which file it is.
            return null;
        }
    }

    private static void RefuseUnlessOurs(string path, RawLine torn, string[] beginnings)
    {
        var text = Encoding.UTF8.GetString(torn.Bytes.Span);
        if (!Array.Exists(beginnings, start => text.StartsWith(start, StringComparison.Ordinal) || start.StartsWith(text, StringComparison.Ordinal)))
            throw Foreign(path, torn.Number);
    }

    private static SubmitFailedException Foreign(string path, int line) =>
        new($"Line {line} of {path} was not written by this job: the file belongs to something else. " +
            "Name another file with --out and --errors, or remove this one.");
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmBroker.Providers;

/// <summary>Growing bytes in an array of the shared pool. Has one owner, who disposes it when nobody reads it any more.</summary>
internal sealed class PooledBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    // Relaxed: escaping every letter outside ASCII, as is the default, would triple a Chinese prompt. Unvalidated: raw values are parsed already.
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private byte[] _array = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count) => Length += count;

    /// <summary>A writer of compact JSON into this buffer; flush it before reading.</summary>
    public Utf8JsonWriter CreateJsonWriter() => new(this, s_json);

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, []);
        Length = 0;
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
    }

    private void EnsureRoom(int size)
    {
        if (_array.Length - Length >= size)
            return;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_array.Length * 2, Length + size));
        _array.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}

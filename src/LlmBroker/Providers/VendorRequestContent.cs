using System.Net;
using System.Net.Http.Headers;

namespace LlmBroker.Providers;

/// <summary>
/// A JSON body of known length that gives its buffer back as soon as it is on the wire: a call waits for the model for seconds,
/// and thousands of them wait at a time. HTTP/2 may ask for the body again (refused stream, GOAWAY); then it is written anew.
/// </summary>
internal sealed class VendorRequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly Func<PooledBuffer> _write;
    private readonly int _length;
    private PooledBuffer? _written;

    /// <param name="written">The body; owned by this content from now on.</param>
    /// <param name="write">Writes the same bytes again.</param>
    public VendorRequestContent(PooledBuffer written, Func<PooledBuffer> write)
    {
        _written = written;
        _length = written.Length;
        _write = write;
        Headers.ContentType = s_json;
    }

    /// <summary>The body, to be signed; only until it is sent.</summary>
    public ReadOnlySpan<byte> Bytes => (_written ?? throw new InvalidOperationException("The body is on its way already.")).Written.Span;

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = Interlocked.Exchange(ref _written, null) ?? _write();
        await stream.WriteAsync(buffer.Written, cancellationToken);

        // Only here, never in Dispose or after a failed write: an answer can come while the body is still being sent,
        // and an array that is returned too early would carry another tenant's prompt.
        buffer.Dispose();
    }
}

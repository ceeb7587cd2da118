using System.Net;
using System.Net.Http.Headers;
using System.Text.Unicode;

namespace LlmBroker.Providers;

/// <summary>What came back over HTTP for one call. Holds the pooled body; disposed by the provider once it has read it.</summary>
internal sealed class VendorAnswer : IDisposable
{
    private readonly HttpResponseMessage? _response;
    private readonly PooledBuffer? _body;

    private VendorAnswer(HttpResponseMessage? response, PooledBuffer? body, ProviderError? transportError, string? transportMessage)
    {
        _response = response;
        _body = body;
        TransportError = transportError;
        TransportMessage = transportMessage;
    }

    /// <summary>HTTP status; null when no answer came.</summary>
    public HttpStatusCode? Status => _response?.StatusCode;

    public HttpResponseHeaders? Headers => _response?.Headers;

    /// <summary>The whole body; empty when it was cut or too large.</summary>
    public ReadOnlyMemory<byte> Body => _body is null ? default : _body.Written;

    /// <summary>What went wrong below the vendor's own words; null when an answer came whole.</summary>
    public ProviderError? TransportError { get; }

    public string? TransportMessage { get; }

    public bool IsSuccess => TransportError is null && _response is { IsSuccessStatusCode: true };

    /// <summary>No answer came.</summary>
    public static VendorAnswer Lost(ProviderError error, string message) => new(null, null, error, message);

    public static VendorAnswer Complete(HttpResponseMessage response, PooledBuffer body) =>
        // JSON parsers do not look inside strings; a reply in broken UTF-8 would bring its reader down.
        response.IsSuccessStatusCode && !Utf8.IsValid(body.Written.Span)
            ? new(response, body, ProviderError.MalformedAnswer, "The vendor's answer is not UTF-8.")
            : new(response, body, null, null);

    /// <summary>The body broke off. A refusal is known by its status all the same.</summary>
    public static VendorAnswer Cut(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? new(response, null, ProviderError.ConnectionLost, "The connection to the vendor ended before its answer was complete.")
        : new(response, null, null, null);

    /// <summary>The body is beyond what is read. A refusal is known by its status all the same.</summary>
    public static VendorAnswer TooLarge(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? new(response, null, ProviderError.MalformedAnswer, $"The vendor's answer is larger than {VendorConnection.MaxAnswerBytes >> 20} MiB.")
        : new(response, null, null, null);

    /// <summary>First value of a header; null when there is none.</summary>
    public string? Header(string name) =>
        Headers is { } headers && headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The vendor's id for the call, in the header of whichever vendor it is; null when there is none.</summary>
    public string? RequestId =>
        Header("x-request-id") ?? Header("apim-request-id") ?? Header("request-id") ?? Header("x-amzn-requestid");

    public void Dispose()
    {
        _body?.Dispose();
        _response?.Dispose();
    }
}

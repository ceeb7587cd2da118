using System.Text.Json;

namespace LlmBroker.Providers;

/// <summary>The body of one vendor call, or why there is none.</summary>
internal static class RequestBody
{
    /// <param name="request">What was asked.</param>
    /// <param name="write">Writes the vendor's body; called again when HTTP/2 asks for it a second time.</param>
    /// <param name="content">The body; null when there is a fault.</param>
    /// <returns>Why nothing can be sent; null when all is well.</returns>
    public static ProviderResult? Write(ProviderCall request, Func<ProviderCall, RequestFaults, PooledBuffer> write, out VendorRequestContent? content)
    {
        content = null;
        if (request.Body.ValueKind != JsonValueKind.Object)
            return new ProviderResult { Error = ProviderError.BadRequest, ErrorMessage = "body must be an object." };

        var faults = new RequestFaults();
        PooledBuffer body;
        try
        {
            body = write(request, faults);
        }
        catch (InvalidOperationException)
        {
            return VendorFailure.NotUnicode;
        }

        if (faults.First is { } fault)
        {
            body.Dispose();
            return fault;
        }

        content = new VendorRequestContent(body, () => write(request, faults));
        return null;
    }
}

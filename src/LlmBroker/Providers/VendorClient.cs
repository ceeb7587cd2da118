using LlmBroker.Providers.Access;

namespace LlmBroker.Providers;

/// <summary>What every adapter does around its own mapping: write, authorize, send once, then read or classify.</summary>
internal sealed class VendorClient(
    ProviderSettings settings,
    string vendorAddress,
    HttpMessageHandler handler,
    IVendorAccess access,
    Func<int, VendorErrorBody, ProviderError> classify,
    TimeProvider time,
    string? errorTypeHeader = null) : IDisposable
{
    private readonly VendorConnection _connection = new(settings, vendorAddress, handler);

    /// <param name="request">What was asked.</param>
    /// <param name="path">Below the base address.</param>
    /// <param name="write">Writes the vendor's body.</param>
    /// <param name="read">Reads a success at a point in time.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="headers">Further headers.</param>
    public async Task<ProviderResult> PostAsync(
        ProviderCall request,
        string path,
        Func<ProviderCall, RequestFaults, PooledBuffer> write,
        Func<VendorAnswer, DateTimeOffset, ProviderResult> read,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers)
    {
        if (RequestBody.Write(request, write, out var content) is { } fault)
            return fault;

        using var message = _connection.CreateRequest(path, request.AttemptId, content!);
        foreach (var (name, value) in headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(message, read, cancellationToken);
    }

    /// <summary>Asks for something that costs nothing.</summary>
    public async Task<ProviderResult> AskAsync(string path, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        using var message = _connection.CreateQuestion(path);
        foreach (var (name, value) in headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(message, (answer, _) => new ProviderResult { HttpStatus = (int)answer.Status!, VendorRequestId = answer.RequestId }, cancellationToken);
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>What an adapter says to an operation that its vendor's API does not have.</summary>
    public static Task<ProviderResult> NoSuchOperation(ProviderCall request) => Task.FromResult(new ProviderResult
    {
        Error = ProviderError.Unsupported,
        ErrorMessage = $"operation '{request.Operation}'{(request.Api is { } api ? $" with api '{api}'" : "")} is not supported by this vendor.",
    });

    private async Task<ProviderResult> SendAsync(
        HttpRequestMessage message, Func<VendorAnswer, DateTimeOffset, ProviderResult> read, CancellationToken cancellationToken)
    {
        if (await access.AuthorizeAsync(message, cancellationToken) is { } refused)
            return refused;

        using var answer = await _connection.SendAsync(message, cancellationToken);
        return answer.IsSuccess
            ? read(answer, time.GetUtcNow())
            : VendorFailure.From(answer, classify, settings, time.GetUtcNow(), errorTypeHeader);
    }
}

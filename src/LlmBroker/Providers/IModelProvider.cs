namespace LlmBroker.Providers;

/// <summary>
/// Plug-in point: one vendor account. Makes exactly one call per invocation and never retries; classifies whatever happens once, here.
/// Implementations are thread safe and live as long as the process.
/// </summary>
public interface IModelProvider
{
    /// <summary>Calls the vendor once.</summary>
    /// <returns>The answer, or the failure as a value. Throws only <see cref="OperationCanceledException"/> when <paramref name="cancellationToken"/> ends the call, and for bugs.</returns>
    Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken);
}

namespace LlmBroker.Providers.Access;

/// <summary>Puts an account's credentials on a request. Thread safe.</summary>
internal interface IVendorAccess
{
    /// <returns>Why there are no credentials, and so no call; null when all is well.</returns>
    ValueTask<ProviderResult?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}

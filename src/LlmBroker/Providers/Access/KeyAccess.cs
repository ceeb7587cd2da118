namespace LlmBroker.Providers.Access;

/// <summary>An API key in a header, or nothing where the account has none.</summary>
internal sealed class KeyAccess(string header, string? value) : IVendorAccess
{
    public static KeyAccess Bearer(string? key) => new("Authorization", key is null ? null : $"Bearer {key}");

    public ValueTask<ProviderResult?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (value is not null)
            request.Headers.TryAddWithoutValidation(header, value);
        return default;
    }
}

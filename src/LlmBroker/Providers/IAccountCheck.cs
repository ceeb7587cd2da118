namespace LlmBroker.Providers;

/// <summary>A provider that can ask its vendor something that costs nothing, to see whether the account is accepted.</summary>
internal interface IAccountCheck
{
    /// <returns>No error when the vendor accepted the credentials.</returns>
    Task<ProviderResult> CheckAsync(CancellationToken cancellationToken);
}

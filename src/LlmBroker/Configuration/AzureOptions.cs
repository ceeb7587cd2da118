namespace LlmBroker.Configuration;

/// <summary>How to reach a resource at Azure OpenAI.</summary>
public sealed record AzureOptions
{
    /// <summary>
    /// Version of the API with a deployment in its path, e.g. <c>2024-10-21</c>. Default: none; the resource's v1 endpoint, which has no version, is used.
    /// </summary>
    public string? ApiVersion { get; init; }

    /// <summary>
    /// Signs in at Entra ID instead of sending <c>apiKey</c>: <c>default</c> (environment, workload identity, managed identity, developer sign-in),
    /// <c>client-secret</c> or <c>managed-identity</c>. Default: none, <c>apiKey</c> is sent.
    /// </summary>
    public string? Credential { get; init; }

    /// <summary>Tenant of <c>client-secret</c>.</summary>
    public string? TenantId { get; init; }

    /// <summary>Application of <c>client-secret</c>, or the user-assigned identity of <c>managed-identity</c>.</summary>
    public string? ClientId { get; init; }

    /// <summary>Secret of <c>client-secret</c>.</summary>
    public SecretOptions? ClientSecret { get; init; }

    /// <summary>What the token is for. Default: <c>https://cognitiveservices.azure.com/.default</c>.</summary>
    public string Scope { get; init; } = "https://cognitiveservices.azure.com/.default";
}

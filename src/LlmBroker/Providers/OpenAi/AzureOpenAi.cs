using Azure.Core;
using Azure.Identity;
using LlmBroker.Configuration;
using LlmBroker.Providers.Access;

namespace LlmBroker.Providers.OpenAi;

/// <summary>A resource at Azure OpenAI: OpenAI's protocol under other addresses and with other credentials.</summary>
internal static class AzureOpenAi
{
    public static OpenAiProvider Create(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time, TokenCredential? credential = null)
    {
        if (settings.BaseAddress is not { } address)
            throw new InvalidOperationException("baseUrl is missing; write that of the resource, such as https://name.openai.azure.com/.");

        return new OpenAiProvider(settings, handler, time, Dialect(settings.Source.Azure, address), Access(settings, credential));
    }

    private static OpenAiDialect Dialect(AzureOptions azure, Uri address)
    {
        var below = address.AbsolutePath.EndsWith("/openai/v1/", StringComparison.OrdinalIgnoreCase) ? "" : "openai/v1/";
        return new OpenAiDialect(address.AbsoluteUri)
        {
            HasResponses = true,
            Locate = azure.ApiVersion is not { } version
                ? (path, _) => below + path
                // Models are listed, and responses made, beside the deployments.
                : (path, model) => path is "models" or "responses"
                    ? $"openai/{path}?api-version={version}"
                    : $"openai/deployments/{Uri.EscapeDataString(model)}/{path}?api-version={version}",
        };
    }

    private static IVendorAccess Access(ProviderSettings settings, TokenCredential? credential)
    {
        var azure = settings.Source.Azure;
        if (azure.Credential is null && credential is null)
            return new KeyAccess("api-key", settings.ApiKey);

        credential ??= CredentialOf(settings, azure);
        var context = new TokenRequestContext([azure.Scope]);
        return new TokenAccess(settings.Account, async cancellationToken => (await credential.GetTokenAsync(context, cancellationToken)).Token);
    }

    private static TokenCredential CredentialOf(ProviderSettings settings, AzureOptions azure) => azure.Credential switch
    {
        "default" => new DefaultAzureCredential(),
        "managed-identity" => new ManagedIdentityCredential(
            azure.ClientId is { } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned),
        "client-secret" when azure is { TenantId: { } tenant, ClientId: { } client, ClientSecret: { } secret } =>
            new ClientSecretCredential(tenant, client, settings.ReadSecret(secret)),
        "client-secret" => throw new InvalidOperationException("azure.credential 'client-secret' needs azure.tenantId, azure.clientId and azure.clientSecret."),
        _ => throw new InvalidOperationException($"azure.credential '{azure.Credential}' is not known; write default, client-secret or managed-identity."),
    };
}

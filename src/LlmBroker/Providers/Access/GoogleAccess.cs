using Google.Apis.Auth.OAuth2;

namespace LlmBroker.Providers.Access;

/// <summary>Tokens of a service account's file, or of Google's application default credentials.</summary>
internal static class GoogleAccess
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    public static TokenAccess Of(ProviderSettings settings)
    {
        var file = settings.Source.Google.CredentialsFile;
        // Looked for at the first call: on an instance that is a question over the network.
        ITokenAccess? found = null;
        return new TokenAccess(settings.Account, async cancellationToken =>
        {
            found ??= await FindAsync(file, cancellationToken);
            return await found.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
        });
    }

    private static async Task<ITokenAccess> FindAsync(string? file, CancellationToken cancellationToken)
    {
        var credential = file is null
            ? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)
            : (await CredentialFactory.FromFileAsync<ServiceAccountCredential>(file, cancellationToken)).ToGoogleCredential();
        return credential.CreateScoped(Scope);
    }
}

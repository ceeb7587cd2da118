using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using LlmBroker.Configuration;

namespace LlmBroker.Providers.Access;

/// <summary>Finds keys and region of an account at AWS: what the configuration says, else where AWS's own tools look.</summary>
internal static class AwsCredentials
{
    public static Func<CancellationToken, ValueTask<ImmutableCredentials>> Of(ProviderSettings settings)
    {
        var aws = settings.Source.Aws;
        if (aws is { AccessKeyId: { } id, SecretAccessKey: { } secret })
        {
            var keys = new ImmutableCredentials(id, settings.ReadSecret(secret), aws.SessionToken is { } token ? settings.ReadSecret(token) : null);
            return _ => ValueTask.FromResult(keys);
        }

        if (aws.AccessKeyId is not null || aws.SecretAccessKey is not null)
            throw new InvalidOperationException("aws.accessKeyId and aws.secretAccessKey belong together; give both or neither.");

        if (aws.Profile is { } profile)
            return Ask(new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var found)
                ? found
                : throw new InvalidOperationException($"aws.profile '{profile}' is not in AWS's configuration files."));

        // Looked for at the first call: on an instance that is a question over the network.
        AWSCredentials? resolved = null;
        return async cancellationToken =>
        {
            resolved ??= await new DefaultAWSCredentialsIdentityResolver().ResolveIdentityAsync(null, cancellationToken);
            return await resolved.GetCredentialsAsync();
        };
    }

    public static string RegionOf(AwsOptions aws)
    {
        if (aws.Region is { } region)
            return region;
        if (aws.Profile is { } name && new CredentialProfileStoreChain().TryGetProfile(name, out var profile) && profile.Region is { } home)
            return home.SystemName;
        return FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName
            ?? throw new InvalidOperationException("the AWS region is not known; set aws.region or AWS_REGION.");
    }

    private static Func<CancellationToken, ValueTask<ImmutableCredentials>> Ask(AWSCredentials credentials) =>
        async _ => await credentials.GetCredentialsAsync();
}

namespace LlmBroker.Configuration;

/// <summary>How to reach Bedrock. With <c>apiKey</c> on the account a bearer key is sent; else requests are signed.</summary>
public sealed record AwsOptions
{
    /// <summary>Region, e.g. <c>eu-central-1</c>. Default: that of the environment or the profile.</summary>
    public string? Region { get; init; }

    /// <summary>Access key. Default: environment, profile, container or instance, in the order of AWS's own tools.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>Secret key that belongs to <see cref="AccessKeyId"/>.</summary>
    public SecretOptions? SecretAccessKey { get; init; }

    /// <summary>Session token of temporary keys.</summary>
    public SecretOptions? SessionToken { get; init; }

    /// <summary>Name of a profile in AWS's configuration files.</summary>
    public string? Profile { get; init; }
}

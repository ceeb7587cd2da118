namespace LlmBroker.Configuration;

/// <summary>Where a secret is read from at start; exactly one member is set. The value itself never stands in the file.</summary>
public sealed record SecretOptions
{
    /// <summary>Name of an environment variable.</summary>
    public string? Env { get; init; }

    /// <summary>Path of a file whose content, without the trailing line break, is the secret (Docker and Kubernetes secrets).</summary>
    public string? File { get; init; }
}

namespace LlmBroker.Configuration;

/// <summary>How to reach Vertex AI.</summary>
public sealed record GoogleOptions
{
    /// <summary>Project.</summary>
    public string? Project { get; init; }

    /// <summary>Location, e.g. <c>europe-west4</c>. Default: <c>global</c>.</summary>
    public string Location { get; init; } = "global";

    /// <summary>File with the key of a service account. Default: Google's application default credentials.</summary>
    public string? CredentialsFile { get; init; }
}

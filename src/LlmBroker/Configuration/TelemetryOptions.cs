namespace LlmBroker.Configuration;

/// <summary>Where traces and metrics go.</summary>
public sealed record TelemetryOptions
{
    /// <summary>OTLP endpoint, e.g. <c>http://localhost:4317</c>. Default: none, nothing is exported.</summary>
    public Uri? OtlpEndpoint { get; init; }
}

using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>A model to fall back to under conditions.</summary>
public sealed record FallbackOptions
{
    /// <summary>Name of the model.</summary>
    [JsonRequired]
    public string Model { get; init; } = "";

    /// <summary>
    /// The failures after which a request goes there: <c>outage</c>, <c>rateLimited</c>, <c>quotaExhausted</c>, after which it first waits
    /// as long as its lane's patience says; <c>contextTooLong</c>, <c>contentFiltered</c>, <c>unsupported</c>, <c>refused</c> and
    /// <c>keyRefused</c>, which else end it. Default: the first three.
    /// </summary>
    public IReadOnlyList<string>? On { get; init; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Control;

/// <summary>
/// What goes over <c>llm.control</c> to every process; the members that are there say what it is. A version that knows none of them ignores it.
/// Durations and not instants, since clocks differ.
/// </summary>
internal sealed record ControlMessage
{
    /// <summary>Abort this request if it runs here; together with <see cref="RequestId"/>.</summary>
    public string? Tenant { get; init; }

    /// <inheritdoc cref="Tenant"/>
    public string? RequestId { get; init; }

    /// <summary>The configuration was changed, up to this revision.</summary>
    public long? Revision { get; init; }

    /// <summary>A deployment is not to be called for a while, or may be again.</summary>
    public DeploymentHold? Hold { get; init; }

    /// <summary>What a process is doing.</summary>
    public ProcessLoad? Load { get; init; }

    public static byte[] ToBytes(ControlMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, ControlJsonContext.Default.ControlMessage);
}

/// <param name="Process">Who says so.</param>
/// <param name="Deployment">Which one.</param>
/// <param name="Cause">Why.</param>
/// <param name="Milliseconds">For how long from now; 0: no more.</param>
internal sealed record DeploymentHold(Guid Process, string Deployment, HoldCause Cause, long Milliseconds);

/// <param name="Process">Who says so.</param>
/// <param name="Deployments">Those with something to say.</param>
internal sealed record ProcessLoad(Guid Process, Dictionary<string, DeploymentLoad> Deployments);

/// <param name="InFlight">Requests that are called for or wait for a slot.</param>
/// <param name="LatencyMs">Of calls that succeeded lately, the newest counting most; null: there were none.</param>
internal sealed record DeploymentLoad(int InFlight, double? LatencyMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlMessage))]
internal sealed partial class ControlJsonContext : JsonSerializerContext;

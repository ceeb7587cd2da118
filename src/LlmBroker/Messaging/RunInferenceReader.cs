using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Messaging;

/// <summary>Reads a routed request. What is required must also be there: <c>null</c> passes for a value with the serializer.</summary>
internal static class RunInferenceReader
{
    /// <exception cref="JsonException">The bytes are no routed request; the message says why, without quoting it.</exception>
    public static RunInference Read(ReadOnlySpan<byte> utf8)
    {
        var run = WireJson.Read<RunInference>(utf8) ?? throw new JsonException("The message is JSON null.");
        return run switch
        {
            { Tenant: null } => throw Missing("tenant"),
            { RequestId: null or "" } => throw Missing("requestId"),
            { Lane: null } => throw Missing("lane"),
            { Operation: null } => throw Missing("operation"),
            { Route: null } => throw Missing("route"),
            { Route.Deployment: null } => throw Missing("route.deployment"),
            { Route.Model: null } => throw Missing("route.model"),
            { ReplyTo: not null and { Queue: null } } => throw Missing("replyTo.queue"),
            _ => run,
        };
    }

    private static JsonException Missing(string name) => new($"'{name}' is missing.");
}

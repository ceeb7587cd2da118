using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;

namespace LlmBroker.Routing;

/// <summary>What a published request must fulfil before it is routed. Pure; the first broken rule is the answer.</summary>
internal static class RequestRules
{
    private const int MaxIdLength = 200;

    /// <param name="request">What was read.</param>
    /// <param name="keyLane">The last part of the routing key; null when the message came without one.</param>
    public static Refusal? Check(IncomingRequest request, string? keyLane)
    {
        var message = request.Message;

        if (request.Unidentified)
            return Invalid("The request has no id; set 'requestId' or the AMQP property message_id.");

        if (request.RequestId.Length > MaxIdLength || request.RequestId.Contains('\0'))
            return Invalid($"'requestId' has {request.RequestId.Length} characters; at most {MaxIdLength} are allowed, and no NUL.");

        if (message.GroupId is { } group && (group.Length > MaxIdLength || group.Contains('\0')))
            return Invalid($"'groupId' has {group.Length} characters; at most {MaxIdLength} are allowed, and no NUL.");

        return CheckLane(message.Lane, keyLane) ?? CheckWords(message) ?? CheckBody(message);
    }

    private static Refusal? CheckLane(string? lane, string? keyLane)
    {
        if (keyLane is not null && !Lane.IsKnown(keyLane))
            return new Refusal(FailureReason.UnknownLane, $"Lane '{keyLane}' of the routing key is unknown; use {string.Join(", ", Lane.All)}.");

        if (lane is not null && !Lane.IsKnown(lane))
            return new Refusal(FailureReason.UnknownLane, $"Lane '{lane}' is unknown; use {string.Join(", ", Lane.All)}.");

        if (lane is not null && keyLane is not null && lane != keyLane)
            return Invalid($"'lane' is '{lane}' but the routing key says '{keyLane}'; leave 'lane' out or make them agree.");

        return null;
    }

    private static Refusal? CheckWords(SubmitInference message)
    {
        if (message.Operation is not (null or RequestOperation.Chat or RequestOperation.Embeddings))
            return Invalid($"'operation' is '{message.Operation}'; use 'chat' or 'embeddings'.");

        if (message.Delivery is not (null or DeliveryPromise.AtLeastOnce or DeliveryPromise.AtMostOnce))
            return Invalid($"'delivery' is '{message.Delivery}'; use '{DeliveryPromise.AtLeastOnce}' or '{DeliveryPromise.AtMostOnce}'.");

        if (message.Task is not null && (!TaskKinds.TryParse(message.Task, out var task) || task == TaskKind.Unknown))
            return Invalid($"'task' is '{message.Task}'; use one of {string.Join(", ", Enum.GetValues<TaskKind>().Where(kind => kind != TaskKind.Unknown).Select(kind => kind.ToWire()))}.");

        if (message is { Model: not null, Policy: not null })
            return Invalid($"Both 'model' ('{message.Model}') and 'policy' ('{message.Policy}') are set; set one of them.");

        if (message.MaxCostUsd is < 0)
            return Invalid($"'maxCostUsd' is {message.MaxCostUsd}; it must not be negative.");

        return null;
    }

    private static Refusal? CheckBody(SubmitInference message)
    {
        var body = message.Body;
        if (body.ValueKind != JsonValueKind.Object)
            return Invalid("'body' is missing or no JSON object; it holds the OpenAI request.");

        if (message.Operation == RequestOperation.Embeddings)
        {
            return body.TryGetProperty("input", out var input) && input.ValueKind is JsonValueKind.String or JsonValueKind.Array
                ? null
                : Invalid("'body.input' is missing; an embeddings request holds a string or an array.");
        }

        if (!body.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            return Invalid("'body.messages' is missing or empty; a chat request holds at least one message.");

        foreach (var item in messages.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                return Invalid("'body.messages' holds something that is no object.");
        }

        return body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True
            ? new Refusal(FailureReason.Unsupported, "'body.stream' is true; answers come whole over the bus, leave 'stream' out.")
            : null;
    }

    private static Refusal Invalid(string message) => new(FailureReason.InvalidRequest, message);
}

using System.Security.Cryptography;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;

namespace LlmBroker.Routing;

/// <summary>A published request as it was read from a delivery, not yet checked.</summary>
internal sealed record IncomingRequest
{
    /// <summary>Length of the made-up id of a request that brought none.</summary>
    private const int UnidentifiedDigits = 24;

    public required SubmitInference Message { get; init; }
    public required string RequestId { get; init; }

    /// <summary>True when neither the message nor its properties had an id.</summary>
    public required bool Unidentified { get; init; }

    public required ReplyAddress? ReplyTo { get; init; }

    /// <summary>Reads plain JSON or MassTransit's envelope.</summary>
    /// <exception cref="JsonException">The body is neither; the message says where it breaks off, without quoting it.</exception>
    public static IncomingRequest Read(Delivery delivery)
    {
        string? replyQueue = delivery.ReplyTo;
        Guid? clientRequestId = null;
        string? messageId = delivery.MessageId;
        SubmitInference? message;
        var envelope = MassTransitEnvelope.IsEnvelope(delivery.ContentType);

        if (envelope)
        {
            using var document = JsonDocument.Parse(delivery.Body);
            var inner = MassTransitEnvelope.Open(document.RootElement, out var responseQueue, out clientRequestId, out var envelopeId);
            messageId ??= envelopeId;
            if (responseQueue is not null && responseQueue != ReplyQueueRule.DirectReplyTo)
                replyQueue = responseQueue;
            message = MassTransitEnvelope.Read<SubmitInference>(inner);
        }
        else
        {
            message = WireJson.Read<SubmitInference>(delivery.Body.Span);
        }

        if (message is null)
            throw new JsonException("The message is JSON null.");

        var requestId = string.IsNullOrEmpty(message.RequestId) ? messageId : message.RequestId;
        return new IncomingRequest
        {
            Message = message,
            RequestId = string.IsNullOrEmpty(requestId) ? MakeUpId(delivery.Body.Span) : requestId,
            Unidentified = string.IsNullOrEmpty(requestId),
            ReplyTo = string.IsNullOrEmpty(replyQueue)
                ? null
                : new ReplyAddress
                {
                    Queue = replyQueue,
                    CorrelationId = delivery.CorrelationId,
                    MassTransitRequestId = clientRequestId,
                    Envelope = envelope,
                    TraceParent = delivery.TraceParent,
                },
        };
    }

    /// <summary>The same for each redelivery of the same bytes, so that a refusal is recorded once.</summary>
    private static string MakeUpId(ReadOnlySpan<byte> body) =>
        "unidentified-" + Convert.ToHexStringLower(SHA256.HashData(body))[..UnidentifiedDigits];
}

using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Feedback;
using LlmBroker.Ledger;
using LlmBroker.Tenants;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>Stores feedback. What cannot be used goes to the dead letters with the reason, since there is nobody to answer.</summary>
internal sealed partial class FeedbackConsumer(
    TenantDirectory tenants, FeedbackStore store, MessageSender sender, DeliveryHold hold, ILogger<FeedbackConsumer> logger) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context)
    {
        var delivery = Delivery.From(context);
        return hold.WithinAsync(cancellationToken => StoreAsync(delivery, cancellationToken), context.CancellationToken);
    }

    private async Task StoreAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        SubmitFeedback feedback;
        string messageId;
        try
        {
            (feedback, messageId) = Read(delivery);
        }
        catch (JsonException exception)
        {
            await sender.SendDeadLetterAsync(delivery, FailureReason.Unreadable, $"Not a SubmitFeedback: {exception.Message}", cancellationToken);
            return;
        }

        // What a stock MassTransit producer publishes has no routing key.
        var (tenant, refusal) = tenants.Current.Identify(delivery.UserId, delivery.RoutingKey.Length > 0 ? delivery.RoutingKey : null);
        if (tenant is null)
        {
            await sender.SendDeadLetterAsync(delivery, refusal!.Reason, refusal.Message, cancellationToken);
            return;
        }

        var fault = FeedbackRules.FindFault(feedback) ?? FaultOf(await store.AddAsync(tenant.Name, messageId, feedback, cancellationToken), tenant, feedback);
        if (fault is not null)
            await sender.SendDeadLetterAsync(delivery, FailureReason.InvalidRequest, fault, cancellationToken);
        else
            LogStored(tenant.Name, feedback.RequestId);
    }

    private static string? FaultOf(FeedbackState state, Tenant tenant, SubmitFeedback feedback) => state switch
    {
        FeedbackState.UnknownRequest =>
            $"Tenant '{tenant.Name}' has no request '{feedback.RequestId}', or nothing of it is kept any more; 'requestId' is the one that the reply carries.",
        FeedbackState.UnknownRun => $"Request '{feedback.RequestId}' has no run {feedback.Run}; leave 'run' out for the newest.",
        _ => null,
    };

    /// <summary>One without a message id is told apart from no other: delivered twice it is stored twice, of which the later counts.</summary>
    private static (SubmitFeedback Feedback, string MessageId) Read(Delivery delivery)
    {
        SubmitFeedback? feedback;
        var messageId = delivery.MessageId;
        if (MassTransitEnvelope.IsEnvelope(delivery.ContentType))
        {
            using var document = JsonDocument.Parse(delivery.Body);
            feedback = MassTransitEnvelope.Read<SubmitFeedback>(MassTransitEnvelope.Open(document.RootElement, out _, out _, out var ofEnvelope));
            messageId = ofEnvelope ?? messageId;
        }
        else
        {
            feedback = WireJson.Read<SubmitFeedback>(delivery.Body.Span);
        }

        return (feedback ?? throw new JsonException("It is null."), string.IsNullOrEmpty(messageId) ? Guid.NewGuid().ToString() : messageId);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Tenant}/{RequestId}: feedback stored")]
    private partial void LogStored(string tenant, string? requestId);
}

using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Tenants;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>Marks requests as cancelled in the ledger, where the next claim finds it, and reaches those that run.</summary>
internal sealed partial class CancelConsumer(
    TenantDirectory tenants, CancellationStore cancellations, MessageSender sender, DeliveryHold hold, ILogger<CancelConsumer> logger) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context)
    {
        var delivery = Delivery.From(context);
        return hold.WithinAsync(cancellationToken => CancelAsync(delivery, cancellationToken), context.CancellationToken);
    }

    private async Task CancelAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        CancelInference? cancel;
        try
        {
            cancel = Read(delivery);
        }
        catch (JsonException exception)
        {
            await sender.SendDeadLetterAsync(delivery, FailureReason.Unreadable, $"Not a CancelInference: {exception.Message}", cancellationToken);
            return;
        }

        var dot = delivery.RoutingKey.LastIndexOf('.');
        var (tenant, refusal) = tenants.Current.Identify(delivery.UserId, dot > 0 ? delivery.RoutingKey[..dot] : null);
        if (tenant is null)
        {
            await sender.SendDeadLetterAsync(delivery, refusal!.Reason, refusal.Message, cancellationToken);
            return;
        }

        foreach (var cancelled in await cancellations.CancelAsync(tenant.Name, cancel.RequestId, cancel.GroupId, cancellationToken))
        {
            LogCancelled(tenant.Name, cancelled.RequestId);
            if (cancelled.State == ClaimState.Running)
                await sender.PublishCancelAsync(tenant.Name, cancelled.RequestId, cancellationToken);
        }
    }

    private static CancelInference Read(Delivery delivery)
    {
        CancelInference? cancel;
        if (MassTransitEnvelope.IsEnvelope(delivery.ContentType))
        {
            using var document = JsonDocument.Parse(delivery.Body);
            cancel = MassTransitEnvelope.Read<CancelInference>(MassTransitEnvelope.Open(document.RootElement, out _, out _, out _));
        }
        else
        {
            cancel = WireJson.Read<CancelInference>(delivery.Body.Span);
        }

        return cancel is { RequestId: null } != cancel is { GroupId: null } && cancel is not null
            ? cancel
            : throw new JsonException("Exactly one of 'requestId' and 'groupId' is to be set.");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId}: cancellation asked for")]
    private partial void LogCancelled(string tenant, string requestId);
}

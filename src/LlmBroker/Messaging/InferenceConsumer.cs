using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Telemetry;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>Takes routed requests from the work queues of one deployment.</summary>
internal sealed partial class InferenceConsumer(RequestRunner runner, RunEndings endings, MessageSender sender, DeliveryHold hold, ILogger<InferenceConsumer> logger)
    : IConsumer<IncomingMessage>
{
    public async Task Consume(ConsumeContext<IncomingMessage> context)
    {
        var delivery = Delivery.From(context);
        RunInference run;
        try
        {
            run = RunInferenceReader.Read(delivery.Body.Span);
        }
        catch (JsonException exception)
        {
            await sender.SendDeadLetterAsync(delivery, FailureReason.Unreadable, $"Not a RunInference: {exception.Message}", context.CancellationToken);
            return;
        }

        await hold.WithinAsync(
            RunKey.Of(run), () => RunAsync(run, delivery), context.CancellationToken);
    }

    private async Task RunAsync(RunInference run, Delivery delivery)
    {
        using var activity = BrokerTelemetry.StartConsuming("llm.work", delivery.TraceParent);
        activity?.SetTag("llm.request_id", run.RequestId);
        try
        {
            // Not the delivery's token, which ends with its channel: a call that runs is paid for, so it goes on, and its outcome is recorded.
            // Whoever gets the delivery next finds it held, or finished.
            await runner.RunAsync(run, CancellationToken.None);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or LedgerUnavailableException))
        {
            // The boundary: a fault of ours becomes a recorded outcome and a dead letter instead of a delivery that fails for ever.
            LogFault(exception, run.Tenant, run.RequestId);
            await endings.EndAsync(run, FailureReason.Internal, $"{exception.GetType().Name}: see the worker's log.", CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tenant}/{RequestId}: fault in the worker")]
    private partial void LogFault(Exception exception, string tenant, string requestId);
}

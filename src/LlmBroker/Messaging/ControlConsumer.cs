using System.Text.Json;
using LlmBroker.Inference;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Follows <c>llm.control</c> in this process. A message that this version does not know is for a newer one.</summary>
internal sealed class ControlConsumer(RunningRequests running) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context)
    {
        if (JsonSerializer.Deserialize(context.Message.Body, ControlJsonContext.Default.CancelRun) is { Tenant: not null, RequestId: not null } cancel)
            running.Abort(cancel.Tenant, cancel.RequestId);

        return Task.CompletedTask;
    }
}

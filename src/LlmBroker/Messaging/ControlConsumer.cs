using System.Text.Json;
using LlmBroker.Control;
using LlmBroker.Inference;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Follows <c>llm.control</c> in this process. A message that this version does not know is for a newer one.</summary>
internal sealed class ControlConsumer(
    RunningRequests running, ConfigurationSignal configuration, DeploymentSignals deployments, DeploymentPipelines pipelines, FleetView fleet)
    : IConsumer<IncomingMessage>
{
    public async Task Consume(ConsumeContext<IncomingMessage> context)
    {
        if (JsonSerializer.Deserialize(context.Message.Body, ControlJsonContext.Default.ControlMessage) is not { } message)
            return;

        if (message is { Tenant: { } tenant, RequestId: { } requestId })
            running.Abort(tenant, requestId);

        if (message.Revision is not null)
            configuration.Raise();

        if (message.Hold is { Deployment: not null } hold && pipelines.Find(hold.Deployment) is { } pipeline && deployments.Receive(hold))
            await pipeline.CloseBreakerAsync(context.CancellationToken);

        if (message.Load is { Deployments: not null } load)
            fleet.Receive(load);
    }
}

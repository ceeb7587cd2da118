using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.Tests.Inference;

/// <summary>Signals of a process whose outbox nobody empties.</summary>
internal static class Signals
{
    public static DeploymentSignals Silent(DeploymentHolds holds)
    {
        var bus = new Lazy<IBus>(() => throw new InvalidOperationException("Nothing is sent here."));
        var sender = new MessageSender(bus, TransportKind.InMemory, TimeProvider.System, NullLogger<MessageSender>.Instance);
        return new DeploymentSignals(holds, new ControlOutbox(sender, NullLogger<ControlOutbox>.Instance), new WorkerIdentity());
    }
}

using LlmBroker.Configuration;
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
        var rabbitMq = new RabbitMqConnection(new RabbitMqOptions(), password: null);
        var watch = new RabbitMqWatch(rabbitMq, TimeProvider.System, NullLogger<RabbitMqWatch>.Instance);
        var repair = new TopologyRepair(rabbitMq, new LiveConfiguration(new BrokerOptions()), TimeProvider.System);
        var opinion = new SecondOpinion(rabbitMq, watch, TimeProvider.System);
        var sender = new MessageSender(bus, TransportKind.InMemory, watch, opinion, repair, TimeProvider.System, NullLogger<MessageSender>.Instance);
        return new DeploymentSignals(holds, new ControlOutbox(sender, NullLogger<ControlOutbox>.Instance), new WorkerIdentity());
    }
}

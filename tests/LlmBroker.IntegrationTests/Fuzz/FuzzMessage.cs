using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Fuzz;

/// <summary>One message as it is published.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Kind">What it was before it was mutated.</param>
/// <param name="Exchange">Where to.</param>
/// <param name="RoutingKey">With which key.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Properties">Its AMQP properties; the reply queue <see cref="MessageMutator.OwnReplyQueue"/> stands for the publisher's.</param>
internal sealed record FuzzMessage(int Number, FuzzKind Kind, string Exchange, string RoutingKey, byte[] Body, BasicProperties Properties);

internal enum FuzzKind
{
    Submit,
    Run,
    Cancel,
    Envelope,
    Bytes,
}

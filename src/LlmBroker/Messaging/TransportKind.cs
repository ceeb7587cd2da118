namespace LlmBroker.Messaging;

/// <summary>Which transport carries the messages.</summary>
internal enum TransportKind
{
    RabbitMq,
    InMemory,
}

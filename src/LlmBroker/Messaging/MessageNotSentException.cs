namespace LlmBroker.Messaging;

/// <summary>The transport failed on a message for another reason than that RabbitMQ is away.</summary>
internal sealed class MessageNotSentException(Exception cause) : Exception(cause.Message, cause);

namespace LlmBroker.Messaging;

/// <summary>Names of the headers that the broker reads or writes.</summary>
internal static class MessageHeader
{
    public const string TraceParent = "traceparent";
    public const string Deaths = "x-death";

    /// <summary>Why a message was sent to the dead-letter exchange by us: a <c>FailureReason</c>.</summary>
    public const string DeadReason = "llm-dead-reason";

    /// <summary>What went wrong, for a person.</summary>
    public const string DeadError = "llm-dead-error";

    /// <summary>Where the message came from: <c>exchange/key</c>.</summary>
    public const string DeadSource = "llm-dead-source";

    /// <summary>The RabbitMQ user that published the original, as RabbitMQ validated it.</summary>
    public const string DeadUser = "llm-dead-user";

    // The in-memory transport has no properties: there they travel as headers under their AMQP names.
    public const string ReplyTo = "reply_to";
    public const string CorrelationId = "correlation_id";
    public const string MessageId = "message_id";
    public const string UserId = "user_id";
    public const string Type = "type";
}

namespace LlmBroker.Cli.Amqp;

/// <summary>What became of one publish.</summary>
internal enum PublishOutcome
{
    /// <summary>RabbitMQ has it on disk.</summary>
    Confirmed,

    /// <summary>No queue takes this routing key; it was handed back.</summary>
    Unroutable,

    /// <summary>A queue would not take it, such as one that is full.</summary>
    Rejected,

    /// <summary>The link broke before the confirm: it may have been published or not.</summary>
    Lost,
}

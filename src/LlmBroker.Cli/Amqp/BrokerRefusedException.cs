namespace LlmBroker.Cli.Amqp;

/// <summary>RabbitMQ is there, but does not do what the command needs. The message says what to do about it.</summary>
internal sealed class BrokerRefusedException(string message) : Exception(message)
{
    public static BrokerRefusedException Unroutable(string key) =>
        new($"RabbitMQ has no queue that takes '{key}': the broker's queues are not declared. " +
            "Start 'llmbroker serve' first, or run 'llmbroker doctor'.");

    public static BrokerRefusedException Closed(string reason) =>
        new($"RabbitMQ refused: {reason}. If an exchange is missing, start 'llmbroker serve' first; " +
            "else check the permissions of the user in 'rabbitMq', or run 'llmbroker doctor'.");

    public static BrokerRefusedException Full(string key) =>
        new($"A queue behind '{key}' takes no more at the moment. Try again later, and look at the queues in RabbitMQ's management page.");

    /// <param name="requestId">What was on its way; null for what has no id.</param>
    public static BrokerRefusedException Lost(string? requestId) =>
        new("The connection to RabbitMQ broke" + (requestId is null ? "; run the command again." : $" before the reply to {requestId} came; run the command again."));
}

using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Messaging;

/// <summary>Every exchange, queue and binding, in one place. Declared by each process at start and after each reconnect.</summary>
internal static class BrokerTopology
{
    public const string Requests = "llm.requests";
    public const string Unrouted = "llm.requests.unrouted";
    public const string Work = "llm.work";
    public const string Events = "llm.events";
    public const string Control = "llm.control";
    public const string DeadLetter = "llm.dead-letter";
    public const string CancelQueue = "llm.cancel";
    public const string UnroutedQueue = "llm.route.unrouted";

    /// <summary>Exchange and queue of feedback. A fanout: the routing key is the tenant, which the consumer compares with the publisher.</summary>
    public const string Feedback = "llm.feedback";

    /// <summary>The exchange to which a stock MassTransit producer publishes <c>SubmitInference</c>.</summary>
    public const string MassTransitRequests = "LlmBroker.Contracts:SubmitInference";

    /// <summary>The same for <c>SubmitFeedback</c>.</summary>
    public const string MassTransitFeedback = "LlmBroker.Contracts:SubmitFeedback";

    /// <summary>RabbitMQ dead-letters a message that took its consumers down this often.</summary>
    public const int DeliveryLimit = 20;

    private const string CancelKey = "cancel";
    private const string RoutePrefix = "llm.route.";

    public static string RouteQueue(string lane) => RoutePrefix + lane;

    public static bool IsRouteQueue(string queue) => queue.StartsWith(RoutePrefix, StringComparison.Ordinal);

    public static bool IsWorkQueue(string queue) => queue.StartsWith(Work + ".", StringComparison.Ordinal);

    /// <summary>The lane of a route queue; null for another queue.</summary>
    public static string? LaneOf(string queue) =>
        queue.StartsWith(RoutePrefix, StringComparison.Ordinal) && Lane.IsKnown(queue[RoutePrefix.Length..]) ? queue[RoutePrefix.Length..] : null;

    public static string WorkKey(string deployment, string lane) => $"{deployment}.{lane}";

    public static string CancelKeyOf(string tenant) => $"{tenant}.{CancelKey}";

    public static string WorkQueue(string deployment, string lane) => $"llm.work.{deployment}.{lane}";

    /// <summary>Exchange and routing key out of the source of a dead letter: <c>exchange/key</c>, or a queue, which the nameless exchange reaches.</summary>
    public static (string Exchange, string Key) SourceOf(string? source)
    {
        var slash = source?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return slash < 0 ? ("", source ?? "") : (source![..slash], source[(slash + 1)..]);
    }

    /// <summary>Whether what is taken from it is written to the ledger.</summary>
    public static bool IsConsumedQueue(string queue) =>
        IsRouteQueue(queue) || IsWorkQueue(queue) || queue is CancelQueue or Feedback or DeadLetter;

    /// <summary>Arguments of a queue that consumers read: what expires or kills its consumers goes to the dead-letter queue.</summary>
    public static Dictionary<string, object?> ConsumedQueueArguments() => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-exchange"] = DeadLetter,
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    /// <summary>
    /// Arguments of the dead-letter and cancel queues, which have nowhere else to go. Without a limit RabbitMQ 4 drops what it delivers for the
    /// 21st time; no limit is -1 there, which 3.x takes for less than none.
    /// </summary>
    private static Dictionary<string, object?> TerminalQueueArguments() => new() { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = int.MaxValue };

    /// <summary>Declares everything; the queues of the given deployments too. Idempotent.</summary>
    /// <param name="connection">That of the channel.</param>
    /// <param name="channel">Closed by RabbitMQ where something exists otherwise.</param>
    /// <param name="deployments">Their names.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task DeclareAsync(IConnection connection, IChannel channel, IEnumerable<string> deployments, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(Unrouted, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(
            Requests,
            ExchangeType.Topic,
            durable: true,
            arguments: new Dictionary<string, object?> { ["alternate-exchange"] = Unrouted },
            cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Work, ExchangeType.Direct, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Events, ExchangeType.Topic, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Control, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(DeadLetter, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Feedback, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(MassTransitRequests, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(MassTransitFeedback, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);

        await DeclareTerminalQueueAsync(connection, channel, DeadLetter, DeadLetter, "", cancellationToken);
        await DeclareTerminalQueueAsync(connection, channel, CancelQueue, Requests, $"*.{CancelKey}", cancellationToken);
        await DeclareQueueAsync(channel, UnroutedQueue, ConsumedQueueArguments(), Unrouted, "", cancellationToken);
        await DeclareQueueAsync(channel, Feedback, ConsumedQueueArguments(), Feedback, "", cancellationToken);
        await channel.QueueBindAsync(Feedback, MassTransitFeedback, "", cancellationToken: cancellationToken);

        foreach (var lane in Lane.All)
            await DeclareQueueAsync(channel, RouteQueue(lane), ConsumedQueueArguments(), Requests, $"*.{lane}", cancellationToken);

        // A MassTransit producer that publishes has no routing key; the lane is in its message, or standard.
        await channel.QueueBindAsync(RouteQueue(Lane.Standard), MassTransitRequests, "", cancellationToken: cancellationToken);

        foreach (var step in WaitStep.All)
        {
            await channel.ExchangeDeclareAsync(step.Queue, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
            await DeclareQueueAsync(channel, step.Queue, WaitQueueArguments(step), step.Queue, "", cancellationToken);
        }

        foreach (var deployment in deployments)
            await DeclareWorkQueuesAsync(channel, deployment, cancellationToken);
    }

    /// <summary>Declares the queues of one deployment. Idempotent.</summary>
    public static async Task DeclareWorkQueuesAsync(IChannel channel, string deployment, CancellationToken cancellationToken)
    {
        foreach (var lane in Lane.All)
        {
            await DeclareQueueAsync(
                channel, WorkQueue(deployment, lane), ConsumedQueueArguments(), Work, WorkKey(deployment, lane), cancellationToken);
        }
    }

    private static Dictionary<string, object?> WaitQueueArguments(WaitStep step) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-message-ttl"] = (int)step.Delay.TotalMilliseconds,
        // No x-dead-letter-routing-key: the message keeps its own and finds its work queue again.
        ["x-dead-letter-exchange"] = Work,
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    private static async Task DeclareTerminalQueueAsync(
        IConnection connection, IChannel channel, string queue, string exchange, string key, CancellationToken cancellationToken)
    {
        var arguments = TerminalQueueArguments();
        // On a channel of its own, which a refusal closes.
        await using (var own = await connection.CreateChannelAsync(cancellationToken: cancellationToken))
        {
            try
            {
                await own.QueueDeclareAsync(
                    queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments, cancellationToken: cancellationToken);
            }
            catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
            {
                // It was made before there was a limit, and a queue keeps its arguments.
                arguments.Remove("x-delivery-limit");
            }
        }

        await DeclareQueueAsync(channel, queue, arguments, exchange, key, cancellationToken);
    }

    private static async Task DeclareQueueAsync(
        IChannel channel,
        string queue,
        Dictionary<string, object?> arguments,
        string exchange,
        string key,
        CancellationToken cancellationToken)
    {
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue, exchange, key, cancellationToken: cancellationToken);
    }
}

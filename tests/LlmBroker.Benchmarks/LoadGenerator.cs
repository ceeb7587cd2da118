using System.Collections.Concurrent;
using System.Text;
using LlmBroker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.Benchmarks;

/// <summary>Publishes requests with pipelined confirms and collects the replies. Not counted.</summary>
internal sealed class LoadGenerator : IAsyncDisposable
{
    private const int MostInFlight = 2000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly string replyQueue;
    private readonly ConcurrentDictionary<string, (long SentAt, TaskCompletionSource<TimeSpan> Reply)> waiting = new();

    private LoadGenerator(IConnection connection, IChannel channel, string replyQueue)
    {
        this.connection = connection;
        this.channel = channel;
        this.replyQueue = replyQueue;
    }

    public static async Task<LoadGenerator> ConnectAsync(Uri amqp)
    {
        var connection = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(4096)));
        var queue = $"reply.default.bench.{Guid.NewGuid():N}";
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        var generator = new LoadGenerator(connection, channel, queue);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (delivery.BasicProperties.CorrelationId is not { } id || !generator.waiting.TryRemove(id, out var sent))
                return Task.CompletedTask;

            // A failure comes back sooner than a completion and costs less: one is enough to make the figures worthless.
            if (delivery.BasicProperties.Type == nameof(InferenceCompleted))
                sent.Reply.TrySetResult(TimeProvider.System.GetElapsedTime(sent.SentAt));
            else
                sent.Reply.TrySetException(new InvalidOperationException($"A request was answered with: {Encoding.UTF8.GetString(delivery.Body.Span)}"));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return generator;
    }

    /// <summary>Requests that were sent and have no reply yet.</summary>
    public int Unanswered => waiting.Count;

    /// <summary>Sends so many and waits for all replies; returns how long each took.</summary>
    /// <param name="exchange">Where to.</param>
    /// <param name="key">With which key.</param>
    /// <param name="count">How many.</param>
    /// <param name="interval">Between two sends; null: as fast as the requests in flight allow.</param>
    /// <param name="mostInFlight">Requests without a reply at a time, where there is no interval.</param>
    /// <exception cref="InvalidOperationException">A reply is not a completion.</exception>
    /// <exception cref="TimeoutException">Replies are missing.</exception>
    public async Task<TimeSpan[]> RunAsync(string exchange, string key, int count, TimeSpan? interval = null, int mostInFlight = MostInFlight)
    {
        using var slots = new SemaphoreSlim(interval is null ? mostInFlight : int.MaxValue);
        var replies = new List<Task<TimeSpan>>(count);
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            if (interval is { } pause && pause * i - TimeProvider.System.GetElapsedTime(start) is var ahead && ahead > TimeSpan.Zero)
                await Task.Delay(ahead, TimeProvider.System);
            if (!await slots.WaitAsync(Patience))
                throw NoReply();
            replies.Add(SendAsync(exchange, key, i, slots));
        }

        try
        {
            return await Task.WhenAll(replies).WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw NoReply();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task<TimeSpan> SendAsync(string exchange, string key, int number, SemaphoreSlim slots)
    {
        var id = Guid.NewGuid().ToString();
        var reply = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = (TimeProvider.System.GetTimestamp(), reply);
        var body = Encoding.UTF8.GetBytes(
            $$$"""{"requestId":"{{{id}}}","model":"m0","body":{"model":"m0","messages":[{"role":"user","content":"Translate into Spanish: the order {{{number}}} has left our warehouse and should arrive within two working days."}]}}""");
        var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent, MessageId = id, CorrelationId = id, ReplyTo = replyQueue };
        try
        {
            await channel.BasicPublishAsync(exchange, key, mandatory: true, properties, body);
            return await reply.Task;
        }
        finally
        {
            slots.Release();
        }
    }

    private TimeoutException NoReply() => new($"{Unanswered} requests got no reply within {Patience}.");
}

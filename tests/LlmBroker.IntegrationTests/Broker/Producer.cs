using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A producer with nothing but an AMQP client, on a reply queue of its own.</summary>
internal sealed class Producer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Reply>> replies = new();

    private Producer(IConnection connection, IChannel channel)
    {
        this.connection = connection;
        this.channel = channel;
    }

    public string ReplyQueue { get; private set; } = $"reply.default.{Guid.NewGuid():N}";

    public IChannel Channel => channel;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static async Task<Producer> ConnectAsync(Uri amqp)
    {
        var connection = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync(CancellationToken);
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), CancellationToken);
        var producer = new Producer(connection, channel);
        await channel.QueueDeclareAsync(producer.ReplyQueue, durable: false, exclusive: true, autoDelete: true, cancellationToken: CancellationToken);
        await producer.ListenAsync(producer.ReplyQueue);
        return producer;
    }

    /// <summary>From now on replies go to a queue that outlives a restart of RabbitMQ.</summary>
    public async Task UseDurableReplyQueueAsync(string type = "quorum")
    {
        var queue = $"reply.default.durable.{Guid.NewGuid():N}";
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = type }, cancellationToken: CancellationToken);
        await ListenAsync(queue);
        ReplyQueue = queue;
    }

    /// <summary>0 while the queue does not exist.</summary>
    public async Task<uint> CountConsumersAsync(string queue)
    {
        await using var own = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        try
        {
            return await own.ConsumerCountAsync(queue, CancellationToken);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return 0;
        }
    }

    /// <summary>Messages that lie in the queue and are with no consumer.</summary>
    public async Task<uint> CountReadyAsync(string queue)
    {
        await using var own = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        return await own.MessageCountAsync(queue, CancellationToken);
    }

    public async Task ListenAsync(string queue)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var properties = delivery.BasicProperties;
            replies.GetOrAdd(properties.CorrelationId ?? "", _ => new()).Enqueue(
                new Reply(properties.Type ?? "", properties.MessageId, JsonSerializer.Deserialize<JsonElement>(delivery.Body.Span), queue, delivery.RoutingKey));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer, CancellationToken);
    }

    /// <summary>Publishes a chat request and returns its id, which is its correlation id too.</summary>
    public async Task<string> PublishAsync(
        string? model = null, string lane = "standard", string prompt = "Say hello", string? requestId = null, object? more = null, Action<BasicProperties>? set = null)
    {
        var message = more is null ? [] : JsonSerializer.SerializeToNode(more)!.AsObject();
        if (model is not null)
            message["model"] = model;
        if (!message.ContainsKey("body"))
            message["body"] = JsonSerializer.SerializeToNode(new { messages = new[] { new { role = "user", content = prompt } } });
        return await PublishRawAsync(message.ToJsonString(), $"default.{lane}", requestId, set);
    }

    public async Task<string> PublishRawAsync(string body, string routingKey, string? requestId = null, Action<BasicProperties>? set = null)
    {
        requestId ??= Guid.NewGuid().ToString();
        var properties = new BasicProperties
        {
            MessageId = requestId,
            CorrelationId = requestId,
            ReplyTo = ReplyQueue,
            DeliveryMode = DeliveryModes.Persistent,
        };
        set?.Invoke(properties);
        await channel.BasicPublishAsync("llm.requests", routingKey, mandatory: true, properties, Encoding.UTF8.GetBytes(body), CancellationToken);
        return requestId;
    }

    public Task CancelAsync(object cancel) => channel.BasicPublishAsync(
        "llm.requests", "default.cancel", mandatory: true, new BasicProperties(), JsonSerializer.SerializeToUtf8Bytes(cancel), CancellationToken).AsTask();

    /// <summary>The next reply with this correlation id.</summary>
    public async Task<Reply> ReplyAsync(string correlationId)
    {
        Reply? reply = null;
        await RealParts.Eventually.HoldsAsync(
            _ => Task.FromResult(replies.TryGetValue(correlationId, out var queue) && queue.TryDequeue(out reply)), $"a reply to {correlationId}", Patience, CancellationToken);
        return reply!;
    }

    public int Waiting(string correlationId) => replies.TryGetValue(correlationId, out var queue) ? queue.Count : 0;

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}

/// <summary>A reply as it came.</summary>
internal sealed record Reply(string Type, string? MessageId, JsonElement Body, string Queue, string RoutingKey)
{
    public string? Reason => Body.TryGetProperty("reason", out var reason) ? reason.GetString() : null;
    public string Message => Body.GetProperty("message").GetString()!;
    public decimal? CostUsd => Body.TryGetProperty("costUsd", out var cost) ? cost.GetDecimal() : null;
    public int Attempts => Body.GetProperty("attempts").GetInt32();
    public int Run => Body.GetProperty("run").GetInt32();
    public bool IsCompleted => Type == "InferenceCompleted";
    public string Text => Body.GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}

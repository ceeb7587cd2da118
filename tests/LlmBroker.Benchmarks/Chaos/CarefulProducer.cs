using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>
/// A producer that loses nothing of its own: it sends each message until RabbitMQ has confirmed it, and takes its replies from a quorum
/// queue, acking what it has noted.
/// </summary>
internal sealed class CarefulProducer : IAsyncDisposable
{
    private const string Exchange = "llm.requests";

    /// <summary>A confirm that takes longer is taken for lost.</summary>
    private static readonly TimeSpan ConfirmPatience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionFactory factory;
    private readonly string replyQueue;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ReceivedReply>> waiting = new();
    private volatile TaskCompletionSource<IChannel> channel = NewChannel();
    private Task connecting = Task.CompletedTask;

    private CarefulProducer(Uri amqp, string replyQueue)
    {
        // Reconnecting is our own work: the client's recovery would hide what became of unconfirmed messages.
        factory = new ConnectionFactory { Uri = amqp, AutomaticRecoveryEnabled = false, ClientProvidedName = "chaos producer" };
        this.replyQueue = replyQueue;
    }

    public ConcurrentQueue<SentMessage> Sent { get; } = [];

    public ConcurrentQueue<ReceivedReply> Replies { get; } = [];

    /// <summary>Messages that have no reply yet.</summary>
    public int Unanswered => waiting.Count;

    public static async Task<CarefulProducer> StartAsync(Uri amqp)
    {
        var producer = new CarefulProducer(amqp, $"reply.default.chaos.{Guid.NewGuid():N}");
        producer.connecting = producer.StayConnectedAsync();
        await producer.channel.Task;
        return producer;
    }

    /// <summary>Sends a request and returns when RabbitMQ has confirmed it; the task in the result ends with its first reply.</summary>
    public async Task<Task<ReceivedReply>> SendAsync(ChaosRequest request, string correlationId, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<ReceivedReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[correlationId] = reply;
        var properties = new BasicProperties
        {
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = request.Id,
            CorrelationId = correlationId,
            ReplyTo = replyQueue,
            Expiration = request.Expiration?.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
        };
        var publishes = await PublishAsync($"default.{request.Lane}", properties, body, cancellationToken);
        Sent.Enqueue(new SentMessage(request.Id, correlationId, publishes));
        return reply.Task;
    }

    public Task CancelAsync(string requestId, CancellationToken cancellationToken) => PublishAsync(
        "default.cancel",
        new BasicProperties { DeliveryMode = DeliveryModes.Persistent },
        JsonSerializer.SerializeToUtf8Bytes(new { requestId }),
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await connecting;
        stopping.Dispose();
    }

    private static TaskCompletionSource<IChannel> NewChannel() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>How often it was sent.</returns>
    private async Task<int> PublishAsync(string key, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        for (var publishes = 1; ; publishes++)
        {
            var publishing = await channel.Task.WaitAsync(cancellationToken);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(ConfirmPatience);
            try
            {
                await publishing.BasicPublishAsync(Exchange, key, mandatory: true, properties, body, patience.Token);
                return publishes;
            }
            catch (Exception exception) when (IsLoss(exception) && !cancellationToken.IsCancellationRequested)
            {
                // Unconfirmed: it may have arrived or not, so it is sent again.
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task StayConnectedAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await factory.CreateConnectionAsync(stopping.Token);
                var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                connection.ConnectionShutdownAsync += (_, _) =>
                {
                    lost.TrySetResult();
                    return Task.CompletedTask;
                };
                await using var publishing = await connection.CreateChannelAsync(
                    new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(4096)),
                    stopping.Token);
                await using var consuming = await connection.CreateChannelAsync(cancellationToken: stopping.Token);
                await ListenAsync(consuming);
                channel.TrySetResult(publishing);
                if (connection.IsOpen)
                    await lost.Task.WaitAsync(stopping.Token);
                channel = NewChannel();
            }
            catch (Exception exception) when (IsLoss(exception))
            {
                channel = channel.Task.IsCompleted ? NewChannel() : channel;
                if (!stopping.IsCancellationRequested)
                    await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private async Task ListenAsync(IChannel consuming)
    {
        await consuming.QueueDeclareAsync(
            replyQueue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: stopping.Token);
        await consuming.BasicQosAsync(0, 256, global: false, stopping.Token);
        var consumer = new AsyncEventingBasicConsumer(consuming);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            Note(delivery);
            await consuming.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await consuming.BasicConsumeAsync(replyQueue, autoAck: false, consumer, stopping.Token);
    }

    private void Note(BasicDeliverEventArgs delivery)
    {
        using var body = JsonDocument.Parse(delivery.Body);
        var root = body.RootElement;
        var reply = new ReceivedReply(
            delivery.BasicProperties.CorrelationId ?? "",
            delivery.BasicProperties.MessageId ?? "",
            root.GetProperty("requestId").GetString()!,
            root.GetProperty("run").GetInt32(),
            delivery.BasicProperties.Type == "InferenceCompleted" ? null : root.GetProperty("reason").GetString(),
            root.TryGetProperty("deadLetterId", out var letter) ? letter.GetGuid() : null,
            TimeProvider.System.GetUtcNow());
        Replies.Enqueue(reply);
        if (waiting.TryRemove(reply.CorrelationId, out var waiter))
            waiter.TrySetResult(reply);
    }

    private static bool IsLoss(Exception exception) => exception is
        RabbitMQClientException or IOException or OperationCanceledException or TimeoutException or ObjectDisposedException
        or System.Net.Sockets.SocketException;
}

using System.Collections.Concurrent;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.IntegrationTests.Submit;

/// <summary>
/// Stands where the router and the workers stand: takes requests from the route queues and answers each at its reply queue, a request
/// that comes twice from its record. Replies go out shuffled by chance of the scheduler, as they do for real.
/// </summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly ConcurrentDictionary<string, int> published = new();
    private readonly ConcurrentDictionary<string, Guid> replyIds = new();
    private readonly SemaphoreSlim allowed;

    private FakeBroker(IConnection connection, IChannel channel, int? answers)
    {
        this.connection = connection;
        this.channel = channel;
        allowed = new SemaphoreSlim(answers ?? int.MaxValue / 2);
    }

    /// <summary>How often each request was published, by its id.</summary>
    public IReadOnlyDictionary<string, int> Published => published;

    public int PublishedTotal => published.Values.Sum();

    public ConcurrentBag<SubmitInference> Requests { get; } = [];

    public ConcurrentBag<IReadOnlyBasicProperties> Properties { get; } = [];

    /// <summary>Every reply goes out twice, as after a lost confirm.</summary>
    public bool RepliesTwice { get; init; }

    /// <summary>Fails the requests for which it gives a reason.</summary>
    public Func<SubmitInference, FailureReason?> FailureOf { get; set; } = _ => null;

    public ConcurrentBag<CancelInference> Cancellations { get; } = [];

    /// <param name="uri">The virtual host.</param>
    /// <param name="answers">Requests that are answered before <see cref="AllowAll"/>; null: all.</param>
    /// <param name="repliesTwice">See <see cref="RepliesTwice"/>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<FakeBroker> StartAsync(Uri uri, CancellationToken cancellationToken, int? answers = null, bool repliesTwice = false)
    {
        // The client's recovery brings the consumers back after a restart of RabbitMQ.
        var factory = new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = true, NetworkRecoveryInterval = TimeSpan.FromMilliseconds(500), ConsumerDispatchConcurrency = 16 };
        var connection = await factory.CreateConnectionAsync(cancellationToken);
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellationToken);
        await BrokerTopology.DeclareAsync(connection, channel, [], cancellationToken);
        var broker = new FakeBroker(connection, channel, answers) { RepliesTwice = repliesTwice };
        foreach (var lane in Lane.All)
            await broker.ConsumeAsync(BrokerTopology.RouteQueue(lane), broker.AnswerAsync, cancellationToken);
        await broker.ConsumeAsync(BrokerTopology.CancelQueue, broker.CancelAsync, cancellationToken);
        return broker;
    }

    public void Allow(int answers) => allowed.Release(answers);

    public void AllowAll() => allowed.Release(int.MaxValue / 4);

    public async ValueTask DisposeAsync()
    {
        await connection.AbortAsync(TimeSpan.FromSeconds(2));
        await channel.DisposeAsync();
        await connection.DisposeAsync();
        allowed.Dispose();
    }

    private async Task ConsumeAsync(string queue, Func<BasicDeliverEventArgs, byte[], Task> handle, CancellationToken cancellationToken)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        // Not awaited: a request that is not answered yet must not hold up those behind it.
        consumer.ReceivedAsync += (_, delivery) =>
        {
            _ = handle(delivery, delivery.Body.ToArray());
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
    }

    private async Task AnswerAsync(BasicDeliverEventArgs delivery, byte[] body)
    {
        var request = WireJson.Read<SubmitInference>(body)!;
        var id = request.RequestId!;
        if (!delivery.Redelivered)
        {
            published.AddOrUpdate(id, 1, (_, count) => count + 1);
            Requests.Add(request);
            Properties.Add(new BasicProperties(delivery.BasicProperties));
        }

        await allowed.WaitAsync();
        try
        {
            var replyId = replyIds.GetOrAdd(id, _ => Guid.NewGuid());
            for (var copy = 0; copy < (RepliesTwice ? 2 : 1); copy++)
                await ReplyAsync(delivery.BasicProperties, replyId, request);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        }
        catch (Exception exception) when (exception is RabbitMQ.Client.Exceptions.OperationInterruptedException or RabbitMQ.Client.Exceptions.PublishException or ObjectDisposedException or IOException)
        {
            // Not acked: RabbitMQ delivers it again.
        }
    }

    private async Task ReplyAsync(IReadOnlyBasicProperties asked, Guid replyId, SubmitInference request)
    {
        var reason = FailureOf(request);
        var properties = new BasicProperties
        {
            Type = reason is null ? nameof(InferenceCompleted) : nameof(InferenceFailed),
            MessageId = replyId.ToString(),
            CorrelationId = asked.CorrelationId,
            DeliveryMode = DeliveryModes.Persistent,
        };
        var body = reason is { } why ? WireJson.ToBytes(Failed(request, why)) : WireJson.ToBytes(Completed(request));
        await channel.BasicPublishAsync("", asked.ReplyTo!, mandatory: false, properties, body);
    }

    private static readonly Route CheapRoute = new() { Deployment = "small-a", Model = "small", Tier = "cheap", Task = "translation", Reason = "test" };

    private static InferenceCompleted Completed(SubmitInference request) => new()
    {
        RequestId = request.RequestId!,
        Run = 1,
        Body = JsonElement.Parse("""{"id":"c-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"答案"},"finish_reason":"stop"}]}"""),
        Route = CheapRoute,
        FinishReason = "stop",
        Attempts = 1,
        Usage = new TokenUsage { InputTokens = 10, OutputTokens = 5 },
        CostUsd = 0.001m,
        PriceStatus = PriceStatus.Known,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        CompletedAt = DateTimeOffset.UnixEpoch,
        GroupId = request.GroupId,
        Metadata = request.Metadata,
    };

    private static InferenceFailed Failed(SubmitInference request, FailureReason reason) => new()
    {
        RequestId = request.RequestId!,
        Run = 1,
        Reason = reason,
        Message = "The vendor is away.",
        DeadLetterId = Guid.NewGuid(),
        Attempts = 3,
        CostUsd = 0.002m,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        FailedAt = DateTimeOffset.UnixEpoch,
        Metadata = request.Metadata,
    };

    private async Task CancelAsync(BasicDeliverEventArgs delivery, byte[] body)
    {
        Cancellations.Add(WireJson.Read<CancelInference>(body)!);
        await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
    }
}

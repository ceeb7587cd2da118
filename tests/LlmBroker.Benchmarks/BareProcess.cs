using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.Benchmarks;

/// <summary>
/// (b): the same three hops and the same rows with bare RabbitMQ.Client and HttpClient, as well as one can: prefetch 256, pipelined
/// confirms, source-generated JSON, quorum queues; acked only after commit and confirm.
/// </summary>
internal static class BareProcess
{
    public const string RouteQueue = "bare.route";
    private const string WorkQueue = "bare.work";
    private const ushort Prefetch = 256;

    private static readonly Dictionary<string, object?> Quorum = new() { ["x-queue-type"] = "quorum" };

    public static async Task<int> RunAsync(Uri amqp, string connectionString, Uri vendor)
    {
        var ledger = new BareLedger(connectionString);
        var writing = ledger.RunAsync();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue });
        var address = new Uri(vendor, "v1/chat/completions");
        await using var connection = await new ConnectionFactory { Uri = amqp, ConsumerDispatchConcurrency = 1 }.CreateConnectionAsync();

        await ConsumeAsync(connection, RouteQueue, async (delivery, channel) =>
        {
            var message = JsonSerializer.Deserialize(delivery.Body.Span, BareJson.Default.BareMessage)!;
            var accepted = message with { ReplyTo = delivery.BasicProperties.ReplyTo, CorrelationId = delivery.BasicProperties.CorrelationId, AcceptedAt = TimeProvider.System.GetUtcNow() };
            var body = JsonSerializer.SerializeToUtf8Bytes(accepted, BareJson.Default.BareMessage);
            await ledger.WriteAsync(BareLedger.Kind.Accept, accepted.RequestId, Guid.NewGuid());
            await channel.BasicPublishAsync("", WorkQueue, false, new BasicProperties { DeliveryMode = DeliveryModes.Persistent }, body);
        });
        await ConsumeAsync(connection, WorkQueue, async (delivery, channel) =>
        {
            var message = JsonSerializer.Deserialize(delivery.Body.Span, BareJson.Default.BareMessage)!;
            var attempt = Guid.CreateVersion7();
            await ledger.WriteAsync(BareLedger.Kind.Start, message.RequestId, attempt);
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new ByteArrayContent(JsonMarshal.GetRawUtf8Value(message.Body).ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "sim-key") },
            };
            request.Headers.Add("X-LlmBroker-Attempt-Id", attempt.ToString());
            using var response = await http.SendAsync(request);
            response.EnsureSuccessStatusCode();
            var answer = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync());
            var reply = JsonSerializer.SerializeToUtf8Bytes(new BareReply(message.RequestId, answer, 0.00013m), BareJson.Default.BareReply);
            await ledger.WriteAsync(BareLedger.Kind.Finish, message.RequestId, attempt, reply);
            await channel.BasicPublishAsync(
                "",
                message.ReplyTo!,
                false,
                new BasicProperties { DeliveryMode = DeliveryModes.Persistent, Type = nameof(InferenceCompleted), CorrelationId = message.CorrelationId },
                reply);
        });

        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        if (writing.IsFaulted)
            await writing;
        return 0;
    }

    private static async Task ConsumeAsync(IConnection connection, string queue, Func<BasicDeliverEventArgs, IChannel, Task> handle)
    {
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(4096)));
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Quorum);
        await channel.BasicQosAsync(0, Prefetch, false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The body's buffer is the client's until this returns.
            var copy = new BasicDeliverEventArgs(
                delivery.ConsumerTag, delivery.DeliveryTag, delivery.Redelivered, delivery.Exchange, delivery.RoutingKey, delivery.BasicProperties, delivery.Body.ToArray());
            _ = HandleAsync(copy);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);

        async Task HandleAsync(BasicDeliverEventArgs delivery)
        {
            try
            {
                await handle(delivery, channel);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            }
            catch (Exception exception)
            {
                await Console.Error.WriteLineAsync(exception.ToString());
                Environment.Exit(1);
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.IntegrationTests.Fuzz;

/// <summary>Publishes mutated messages to a running broker with the deployment <c>d0</c>, and finds out what became of each.</summary>
internal sealed class FuzzRun(RabbitMqServer server, Uri amqp, string connectionString, int seed)
{
    private const int InFlight = 512;

    /// <summary>In which the management plugin counts anew.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan PatienceToRecord = TimeSpan.FromSeconds(150);

    private readonly MessageMutator mutator = new(seed);
    private readonly ConcurrentDictionary<string, string> replies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, bool> refused = new();

    private string VirtualHost => amqp.AbsolutePath.Length <= 1 ? "/" : Uri.UnescapeDataString(amqp.AbsolutePath[1..]);

    private static HashSet<string> Queues =>
    [
        .. Lane.All.Select(BrokerTopology.RouteQueue), BrokerTopology.UnroutedQueue, BrokerTopology.CancelQueue, BrokerTopology.Feedback,
        BrokerTopology.DeadLetter,
        .. WaitStep.All.Select(step => step.Queue), .. Lane.All.Select(lane => BrokerTopology.WorkQueue("d0", lane)),
    ];

    /// <param name="messages">How many.</param>
    /// <param name="patience">How long after the last publish the queues may take to become empty.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    public async Task<FuzzReport> RunAsync(int messages, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync(cancellationToken);
        var replyQueue = await ListenAsync(connection, cancellationToken);
        await PublishAsync(connection, messages, replyQueue, cancellationToken);

        IReadOnlyDictionary<string, long> left = new Dictionary<string, long>();
        var busy = TimeProvider.System.GetTimestamp();
        try
        {
            await Eventually.HoldsAsync(
                async token =>
                {
                    left = await CountAsync(connection, token);
                    if (left.Count > 0)
                        busy = TimeProvider.System.GetTimestamp();
                    return TimeProvider.System.GetElapsedTime(busy) > Quiet;
                },
                "the queues stay empty",
                patience,
                cancellationToken);
        }
        catch (TimeoutException)
        {
            // Told in the report.
        }

        return await AccountAsync(messages, left, cancellationToken);
    }

    private async Task<string> ListenAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var queue = $"reply.default.fuzz.{Guid.NewGuid():N}";
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (delivery.BasicProperties.CorrelationId is { Length: > 0 } id)
                replies[id] = delivery.BasicProperties.Type ?? "";
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer, cancellationToken);
        return queue;
    }

    private async Task PublishAsync(IConnection connection, int messages, string replyQueue, CancellationToken cancellationToken)
    {
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(InFlight));
        await using var channel = await connection.CreateChannelAsync(options, cancellationToken);
        var confirms = new Queue<Task>();
        for (var number = 0; number < messages; number++)
        {
            confirms.Enqueue(PublishAsync(channel, mutator.Next(number), replyQueue, cancellationToken));
            if (confirms.Count >= InFlight)
                await confirms.Dequeue();
        }

        await Task.WhenAll(confirms);
    }

    private async Task PublishAsync(IChannel channel, FuzzMessage message, string replyQueue, CancellationToken cancellationToken)
    {
        var properties = message.Properties;
        if (properties.ReplyTo == MessageMutator.OwnReplyQueue)
            properties.ReplyTo = replyQueue;
        try
        {
            await channel.BasicPublishAsync(message.Exchange, message.RoutingKey, mandatory: true, properties, message.Body, cancellationToken);
        }
        catch (PublishException)
        {
            refused[message.Number] = true;
        }
    }

    /// <summary>Passive declarations count what is ready, now; the management plugin counts what is being worked on too, but late.</summary>
    private async Task<IReadOnlyDictionary<string, long>> CountAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var queues = Queues;
        var left = (await server.CountMessagesAsync(VirtualHost, cancellationToken))
            .Where(count => queues.Contains(count.Key))
            .ToDictionary(count => count.Key, count => count.Value);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var queue in queues)
        {
            if (await channel.MessageCountAsync(queue, cancellationToken) is var count and > 0)
                left[queue] = Math.Max(count, left.GetValueOrDefault(queue));
        }

        return left;
    }

    private async Task<FuzzReport> AccountAsync(int messages, IReadOnlyDictionary<string, long> left, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        long unfinished = 0;
        Known known = null!;
        List<string> lost = [];
        int cancellations = 0, completed = 0, failed = 0, deadLettered = 0;

        // What was taken from a queue a moment ago is recorded a moment later; a send whose confirm got lost is given up after 60 s.
        try
        {
            await Eventually.HoldsAsync(
                async token =>
                {
                    unfinished = await ScalarAsync(source, "SELECT count(*) FROM claims WHERE state <> 4", token);
                    known = await Known.LoadAsync(source, token);
                    lost.Clear();
                    cancellations = completed = failed = deadLettered = 0;
                    for (var number = 0; number < messages; number++)
                        Account(number);
                    return unfinished == 0 && lost.Count == 0;
                },
                "every message is accounted for",
                PatienceToRecord,
                cancellationToken);
        }
        catch (TimeoutException)
        {
            // Told in the report.
        }

        return new FuzzReport
        {
            Published = messages,
            Refused = refused.Count,
            Cancellations = cancellations,
            Completed = completed,
            Failed = failed,
            DeadLettered = deadLettered,
            Reasons = await ReasonsAsync(source, cancellationToken),
            Lost = lost,
            Unfinished = unfinished,
            WithoutReason = await ScalarAsync(source, "SELECT count(*) FROM dead_letters WHERE reason = '' OR reason = 'Unknown' OR error = ''", cancellationToken),
            Left = left,
        };

        void Account(int number)
        {
            if (refused.ContainsKey(number))
                return;

            var message = mutator.Next(number);
            var ids = IdsOf(message).ToArray();
            if (known.Letters.Contains(Hash(message.Body)) || ids.Any(known.LetterIds.Contains))
                deadLettered++;
            else if (message.Properties.CorrelationId is { Length: > 0 } correlation && replies.TryGetValue(correlation, out var type))
                Count(type == nameof(InferenceCompleted));
            else if (ids.FirstOrDefault(known.Outcomes.ContainsKey) is { } id)
                Count(known.Outcomes[id]);
            else if (message.Kind == FuzzKind.Cancel && (IsJson(message.Body) || message.Properties.Expiration is not null))
                // One that can expire is dropped then, as its publisher asked: the queue of cancellations has no dead letters.
                cancellations++;
            else
                lost.Add($"message {number} of seed {seed} ({message.Kind} to {message.Exchange}/{message.RoutingKey}, {message.Body.Length} bytes): {Encoding.UTF8.GetString(message.Body.AsSpan(0, Math.Min(message.Body.Length, 300)))} {Describe(message.Properties)}");

            void Count(bool isCompleted)
            {
                if (isCompleted)
                    completed++;
                else
                    failed++;
            }
        }
    }

    private static string Describe(BasicProperties properties) =>
        $"message id {properties.MessageId}, correlation id {properties.CorrelationId}, reply to {properties.ReplyTo}, content type {properties.ContentType}, "
        + $"encoding {properties.ContentEncoding}, type {properties.Type}, expiration {properties.Expiration}, "
        + $"headers {string.Join(", ", properties.Headers?.Select(header => $"{header.Key}: {header.Value?.GetType().Name}") ?? [])}";

    /// <summary>Every id under which the broker may keep it.</summary>
    private static IEnumerable<string> IdsOf(FuzzMessage message)
    {
        if (message.Properties.MessageId is { Length: > 0 } messageId)
            yield return StoredText.Clean(messageId);
        yield return "unidentified-" + Convert.ToHexStringLower(SHA256.HashData(message.Body))[..24];
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(message.Body);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            yield break;
        }

        foreach (var text in Texts(root, "requestId").Concat(Texts(root, "messageId")))
            yield return StoredText.Clean(text);
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("message", out var inner))
        {
            foreach (var text in Texts(inner, "requestId"))
                yield return StoredText.Clean(text);
        }
    }

    private static IEnumerable<string> Texts(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            return [];
        try
        {
            return value.GetString() is { Length: > 0 } text ? [text] : [];
        }
        catch (InvalidOperationException)
        {
            // Half of a character.
            return [];
        }
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Hash(byte[] body) => Convert.ToHexStringLower(SHA256.HashData(body));

    private static async Task<long> ScalarAsync(NpgsqlDataSource source, string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<Dictionary<string, long>> ReasonsAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var reasons = new Dictionary<string, long>();
        await using var command = source.CreateCommand(
            "SELECT reason || ': ' || left(error, 40), count(*) FROM dead_letters GROUP BY 1 ORDER BY 2 DESC LIMIT 20");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            reasons.Add(reader.GetString(0), reader.GetInt64(1));
        return reasons;
    }

    private sealed record Known(Dictionary<string, bool> Outcomes, HashSet<string> Letters, HashSet<string> LetterIds)
    {
        public static async Task<Known> LoadAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
        {
            var known = new Known([], [], []);
            await using (var claims = source.CreateCommand("SELECT request_id, failure IS NULL FROM claims WHERE state = 4"))
            await using (var reader = await claims.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                    known.Outcomes[reader.GetString(0)] = reader.GetBoolean(1);
            }

            await using var letters = source.CreateCommand("SELECT encode(sha256(body), 'hex'), request_id FROM dead_letters");
            await using (var reader = await letters.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    known.Letters.Add(reader.GetString(0));
                    if (!await reader.IsDBNullAsync(1, cancellationToken))
                        known.LetterIds.Add(reader.GetString(1));
                }
            }

            return known;
        }
    }
}

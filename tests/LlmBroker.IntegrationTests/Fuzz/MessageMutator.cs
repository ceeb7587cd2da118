using System.Text;
using System.Text.Json.Nodes;
using LlmBroker.Messaging;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Fuzz;

/// <summary>Makes messages that are almost right, out of a seed: the same seed, the same messages.</summary>
internal sealed class MessageMutator(int seed)
{
    public const string OwnReplyQueue = "(own)";

    private static readonly string[] OddTexts =
    [
        "", " ", "\0", "a\0b", "\ud800", "\u202e\u200b", "💥", "../../etc/passwd", "'; DROP TABLE claims; --", "null", "-1", "NaN",
        new string('x', 300), new string('é', 5_000), "{\"a\":", "default", "llm.work", "amq.rabbitmq.reply-to", "?", "d0.standard",
    ];

    private static readonly string[] OddKeys = ["default.standard", "default.bulk", "default.interactive", "default.express", "default", ".", "", "a.b.c", "x.standard", "default.standard.bulk"];

    private static readonly string?[] OddContentTypes =
    [
        null, "", "application/json", "application/vnd.masstransit+json", "APPLICATION/VND.MASSTRANSIT+JSON; charset=utf-16", "text/plain", "garbage",
        "a/b/c;;;=", "application/octet-stream", new string('t', 255),
    ];

    public FuzzMessage Next(int number)
    {
        // Of its own, so that one message can be made again alone.
        var dice = new Random(HashCode(number));
        var kind = dice.Next(100) switch { < 38 => FuzzKind.Submit, < 65 => FuzzKind.Run, < 73 => FuzzKind.Cancel, < 88 => FuzzKind.Envelope, _ => FuzzKind.Bytes };
        var id = $"fuzz-{seed}-{number}";
        var body = kind == FuzzKind.Bytes ? RandomBytes(dice) : Body(dice, Template(kind, id, number));
        var (exchange, key) = kind switch
        {
            FuzzKind.Run => ("llm.work", Pick(dice, ["d0.standard", "d0.bulk", "d0.interactive"])),
            FuzzKind.Cancel => ("llm.requests", "default.cancel"),
            FuzzKind.Bytes when dice.Next(2) == 0 => ("llm.work", "d0.standard"),
            FuzzKind.Bytes when dice.Next(3) == 0 => ("llm.dead-letter", ""),
            _ => ("llm.requests", dice.Next(3) == 0 ? Pick(dice, OddKeys) : "default.bulk"),
        };
        var properties = Properties(dice, kind, id);
        // What expires in the last queue of all is dropped by RabbitMQ, as its publisher asked; a dead-lettered message has no expiration left.
        if (exchange == BrokerTopology.DeadLetter)
            properties.Expiration = null;
        return new FuzzMessage(number, kind, exchange, key, body, properties);
    }

    /// <summary>Not <see cref="System.HashCode"/>, which differs from one process to the next.</summary>
    private int HashCode(int number) => unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)number * 2246822519u)));

    private static JsonObject Template(FuzzKind kind, string id, int number)
    {
        var chat = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"Translate into Spanish: parcel {number} is late" }),
            ["max_tokens"] = 20,
        };
        return kind switch
        {
            FuzzKind.Run => new JsonObject
            {
                ["tenant"] = "default",
                ["requestId"] = id,
                ["run"] = 1,
                ["lane"] = "standard",
                ["operation"] = "chat",
                ["route"] = new JsonObject
                {
                    ["deployment"] = "d0", ["model"] = "m0", ["fallbacks"] = new JsonArray(), ["tier"] = "cheap", ["reason"] = "fuzz",
                },
                ["acceptedAt"] = "2026-01-01T00:00:00Z",
                ["deadline"] = "2126-01-01T00:00:00Z",
                ["body"] = chat,
                ["maxCostUsd"] = 1.5,
                ["replyTo"] = new JsonObject { ["queue"] = "reply.default.gone", ["correlationId"] = id },
                ["laps"] = 0,
                ["attempts"] = 0,
                ["spentUsd"] = 0,
            },
            FuzzKind.Cancel => new JsonObject { ["requestId"] = $"{id}-unknown" },
            FuzzKind.Envelope => new JsonObject
            {
                ["messageId"] = id,
                ["requestId"] = "7f2c0000-aaaa-bbbb-cccc-0123456789ab",
                ["responseAddress"] = "rabbitmq://localhost/reply.default.gone?temporary=true",
                ["messageType"] = new JsonArray("urn:message:LlmBroker.Contracts:SubmitInference"),
                ["message"] = new JsonObject { ["requestId"] = id, ["model"] = "m0", ["body"] = chat, ["maxCostUsd"] = "1.5" },
                ["headers"] = new JsonObject(),
            },
            _ => new JsonObject
            {
                ["requestId"] = id,
                ["model"] = "m0",
                ["lane"] = null,
                ["deadline"] = "2126-01-01T00:00:00Z",
                ["task"] = "translation",
                ["maxCostUsd"] = 0.5,
                ["delivery"] = "at-least-once",
                ["groupId"] = "fuzz",
                ["metadata"] = new JsonObject { ["number"] = number },
                ["body"] = chat,
            },
        };
    }

    private static byte[] Body(Random dice, JsonObject template)
    {
        for (var times = dice.Next(4); times > 0; times--)
            MutateTree(dice, template);
        var bytes = Encoding.UTF8.GetBytes(template.ToJsonString());
        return dice.Next(5) == 0 ? MutateBytes(dice, bytes) : bytes;
    }

    private static void MutateTree(Random dice, JsonObject root)
    {
        var place = root;
        while (dice.Next(2) == 0 && place.Select(member => member.Value).OfType<JsonObject>().ToArray() is { Length: > 0 } inner)
            place = inner[dice.Next(inner.Length)];
        if (place.Count == 0)
            return;

        var name = place.ElementAt(dice.Next(place.Count)).Key;
        switch (dice.Next(5))
        {
            case 0:
                place.Remove(name);
                break;
            case 1:
                place[Pick(dice, OddTexts)] = OddValue(dice);
                break;
            default:
                place[name] = OddValue(dice);
                break;
        }
    }

    private static JsonNode? OddValue(Random dice) => dice.Next(14) switch
    {
        0 => null,
        1 => dice.Next(-3, 3),
        2 => long.MaxValue,
        3 => 1e300,
        4 => JsonNode.Parse("123456789012345678901234567890.123456789012345678901234567890"),
        5 => true,
        6 => new JsonArray(),
        7 => new JsonObject(),
        8 => Nested(dice.Next(100)),
        9 => new JsonArray([.. Enumerable.Range(0, dice.Next(300)).Select(i => (JsonNode?)i)]),
        10 => Pick(dice, ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-13-45", "2026-01-01T00:00:00+14:00", "1970-01-01T00:00:00"]),
        11 => Pick(dice, ["chat", "embeddings", "bulk", "interactive", "standard", "at-most-once", "auto", "m0", "d0", "code"]),
        12 => new string((char)dice.Next(0x20, 0x7f), dice.Next(20_000)),
        _ => Pick(dice, OddTexts),
    };

    private static JsonArray Nested(int depth)
    {
        var node = new JsonArray();
        for (var i = 0; i < depth; i++)
            node = new JsonArray(node);
        return node;
    }

    private static byte[] MutateBytes(Random dice, byte[] bytes)
    {
        switch (dice.Next(5))
        {
            case 0:
                return bytes[..dice.Next(bytes.Length)];
            case 1:
                return [0xEF, 0xBB, 0xBF, .. bytes];
            case 2:
                return [.. bytes, .. RandomBytes(dice)];
            case 3:
                return [.. bytes[..(bytes.Length / 2)], 0xC3, 0x28, 0xFF, .. bytes[(bytes.Length / 2)..]];
            default:
                for (var times = dice.Next(1, 6); times > 0; times--)
                    bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
                return bytes;
        }
    }

    private static byte[] RandomBytes(Random dice)
    {
        var bytes = new byte[dice.Next(20) == 0 ? dice.Next(200_000) : dice.Next(64)];
        dice.NextBytes(bytes);
        return bytes;
    }

    private static BasicProperties Properties(Random dice, FuzzKind kind, string id)
    {
        var properties = new BasicProperties
        {
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = id,
            CorrelationId = id,
            ReplyTo = OwnReplyQueue,
            ContentType = kind == FuzzKind.Envelope ? "application/vnd.masstransit+json" : "application/json",
        };
        for (var times = dice.Next(3); times > 0; times--)
            Mutate(dice, properties);
        // RabbitMQ 3.10 itself fails on it when the message expires, again and again, and expires nothing from that queue any more.
        if (properties.Expiration is not null && properties.Headers?.TryGetValue("x-death", out var deaths) == true && deaths is List<object?>)
            properties.Headers.Remove("x-death");
        return properties;
    }

    private static void Mutate(Random dice, BasicProperties properties)
    {
        switch (dice.Next(12))
        {
            case 0:
                properties.MessageId = dice.Next(2) == 0 ? null : Short(Pick(dice, OddTexts));
                break;
            case 1:
                properties.CorrelationId = dice.Next(2) == 0 ? null : Short(Pick(dice, OddTexts));
                break;
            case 2:
                properties.ReplyTo = Pick<string?>(dice, [null, "", "llm.work.d0.standard", "llm.dead-letter", "no.such.queue", new string('q', 255), "amq.gen-none", "\u202e", "reply\0x"]);
                break;
            case 3:
                properties.ContentType = Pick(dice, OddContentTypes);
                break;
            case 4:
                properties.ContentEncoding = Pick(dice, ["gzip", "utf-7", "", new string('e', 200)]);
                break;
            case 5:
                properties.Type = Pick(dice, ["RunInference", "SubmitInference", "", new string('y', 255)]);
                break;
            case 6:
                properties.Expiration = Pick(dice, ["0", "1", "5", "100000", "4294967295"]);
                break;
            case 7:
                properties.Priority = (byte)dice.Next(256);
                break;
            case 8:
                properties.Timestamp = new AmqpTimestamp(Pick(dice, [0, -1, long.MaxValue, 4102444800]));
                break;
            case 9:
                properties.DeliveryMode = DeliveryModes.Transient;
                break;
            default:
                properties.Headers = OddHeaders(dice);
                break;
        }
    }

    private static Dictionary<string, object?> OddHeaders(Random dice)
    {
        var headers = new Dictionary<string, object?>();
        for (var times = dice.Next(1, 5); times > 0; times--)
        {
            var name = Pick(dice, ["traceparent", "llm-dead-reason", "llm-dead-error", "llm-dead-source", "llm-dead-user", "x-death", "MT-Activity-Id", "Content-Type", "MT-Host-Info", "odd"]);
            headers[name] = dice.Next(9) switch
            {
                0 => null,
                1 => dice.Next(),
                2 => new byte[] { 0xC3, 0x28, 0xFF },
                3 => Encoding.UTF8.GetBytes("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                4 => new List<object?> { 1, "two", null },
                5 => new Dictionary<string, object?> { ["reason"] = "expired", ["queue"] = 7 },
                6 => true,
                7 => Encoding.UTF8.GetBytes(new string('h', 20_000)),
                _ => Encoding.UTF8.GetBytes(Pick(dice, ["Poison", "Unreadable", "expired", "99", "nonsense"])),
            };
        }

        return headers;
    }

    /// <summary>AMQP's short strings hold 255 bytes and no more.</summary>
    private static string Short(string text)
    {
        // A lone surrogate has no bytes: the client library would replace it by itself.
        var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        while (Encoding.UTF8.GetByteCount(clean) > 255)
            clean = clean[..(clean.Length / 2)];
        return clean;
    }

    private static T Pick<T>(Random dice, T[] choices) => choices[dice.Next(choices.Length)];
}

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.Messaging;

/// <summary>
/// MassTransit's JSON envelope (<c>application/vnd.masstransit+json</c>), as far as its stock clients need it.
/// Its members are documented at https://masstransit.io/documentation/concepts/messages#message-headers.
/// </summary>
internal static class MassTransitEnvelope
{
    /// <summary>Stock MassTransit producers write decimals as strings.</summary>
    private static readonly WireJsonContext Lenient =
        new(new JsonSerializerOptions(WireJsonContext.Default.Options) { NumberHandling = JsonNumberHandling.AllowReadingFromString });

    private const string UrnPrefix = "urn:message:LlmBroker.Contracts:";

    public static bool IsEnvelope(string? contentType) =>
        contentType is not null && contentType.StartsWith(BytesSerializer.EnvelopeMediaType, StringComparison.OrdinalIgnoreCase);

    /// <summary>The message inside, where its reply goes, and the id that the request client waits for.</summary>
    public static JsonElement Open(JsonElement envelope, out string? replyQueue, out Guid? requestId, out string? messageId)
    {
        replyQueue = ReadText(envelope, "responseAddress") is { } address ? QueueOf(address) : null;
        requestId = Guid.TryParse(ReadText(envelope, "requestId"), out var id) ? id : null;
        messageId = ReadText(envelope, "messageId");
        return envelope.TryGetProperty("message", out var message)
            ? message
            : throw new JsonException("The MassTransit envelope has no 'message'.");
    }

    /// <summary>Reads the message that was inside.</summary>
    public static T? Read<T>(JsonElement message)
        where T : class => message.Deserialize((JsonTypeInfo<T>)Lenient.GetTypeInfo(typeof(T))!);

    public static ReadOnlyMemory<byte> Write(ReplyAddress to, RecordedOutcome outcome, string type, ReadOnlyMemory<byte> body)
    {
        var buffer = new ArrayBufferWriter<byte>(body.Length + 512);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("messageId", outcome.ReplyId);
        if (to.MassTransitRequestId is { } requestId)
            writer.WriteString("requestId", requestId);
        if (Guid.TryParse(to.CorrelationId, out var correlationId))
            writer.WriteString("correlationId", correlationId);
        writer.WriteStartArray("messageType");
        writer.WriteStringValue(UrnPrefix + type);
        writer.WriteEndArray();
        writer.WritePropertyName("message");
        writer.WriteRawValue(body.Span, skipInputValidation: true);
        writer.WriteString("sentTime", outcome.SettledAt);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The last part of <c>rabbitmq://host/vhost/queue?temporary=true</c>.</summary>
    private static string? QueueOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) ? Uri.UnescapeDataString(uri.Segments[^1]) : null;

    private static string? ReadText(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

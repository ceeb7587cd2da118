using System.Net.Mime;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;

namespace LlmBroker.Messaging;

/// <summary>
/// Takes MassTransit out of the message format: bytes go out as they are, and whatever comes in, in whatever format, reaches the
/// consumer as bytes. Reading them, and saying why they cannot be read, is the consumer's work.
/// </summary>
internal sealed class BytesSerializer(string mediaType) : ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    /// <summary>Compact JSON without an envelope.</summary>
    public static readonly BytesSerializer Json = new("application/json");

    /// <summary>JSON in MassTransit's envelope, for its stock clients.</summary>
    public static readonly BytesSerializer Envelope = new(EnvelopeMediaType);

    public const string EnvelopeMediaType = "application/vnd.masstransit+json";

    /// <summary>The one that keeps this content type; plain JSON for what is neither.</summary>
    public static BytesSerializer Of(string? contentType) => MassTransitEnvelope.IsEnvelope(contentType) ? Envelope : Json;

    public ContentType ContentType { get; } = new(mediaType);

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class =>
        context.Message is OutgoingMessage message
            ? new BytesBody(message.Body)
            : throw new NotSupportedException($"Only {nameof(OutgoingMessage)} can be sent, not {typeof(T)}.");

    public MessageBody GetMessageBody(string text) => new StringMessageBody(text);

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(
            receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new BytesContext(body, new RawMessageContext(headers, destinationAddress, RawSerializerOptions.AnyMessageType));

    public void Probe(ProbeContext context) => context.CreateScope("bytes");

    private sealed class BytesBody(ReadOnlyMemory<byte> memory) : MessageBody
    {
        public long? Length => memory.Length;

        public Stream GetStream() => new MemoryStream(GetBytes(), writable: false);

        public byte[] GetBytes() =>
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment)
                && segment.Offset == 0 && segment.Count == segment.Array!.Length
                ? segment.Array
                : memory.ToArray();

        public string GetString() => System.Text.Encoding.UTF8.GetString(memory.Span);
    }

    /// <summary>Every message is an <see cref="IncomingMessage"/>.</summary>
    private sealed class BytesContext(MessageBody body, MessageContext context)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, context, [])
    {
        public override bool IsSupportedMessageType<T>() => typeof(T) == typeof(IncomingMessage);

        public override bool IsSupportedMessageType(Type messageType) => messageType == typeof(IncomingMessage);

        public override bool TryGetMessage<T>(out T? message)
            where T : class
        {
            message = typeof(T) == typeof(IncomingMessage) ? new IncomingMessage(body.GetBytes()) as T : null;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, out object message)
        {
            message = new IncomingMessage(body.GetBytes());
            return messageType == typeof(IncomingMessage);
        }

        public override IMessageSerializer GetMessageSerializer() => Json;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => Json;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => Json;

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => [];
    }
}

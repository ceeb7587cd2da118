namespace LlmBroker.Messaging;

/// <summary>What consumers are subscribed to: any message, as bytes.</summary>
internal sealed record IncomingMessage(byte[] Body);

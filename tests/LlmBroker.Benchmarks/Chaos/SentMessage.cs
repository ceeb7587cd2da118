namespace LlmBroker.Benchmarks.Chaos;

/// <summary>One message of the producer, confirmed by RabbitMQ; it may have been published more than once until then.</summary>
/// <param name="RequestId">Idempotency key.</param>
/// <param name="CorrelationId">Of this message alone.</param>
/// <param name="Publishes">How often it was sent before RabbitMQ confirmed it.</param>
internal sealed record SentMessage(string RequestId, string CorrelationId, int Publishes);

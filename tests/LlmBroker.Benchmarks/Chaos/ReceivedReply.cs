namespace LlmBroker.Benchmarks.Chaos;

/// <param name="CorrelationId">The message that it answers.</param>
/// <param name="ReplyId">AMQP message id.</param>
/// <param name="RequestId">In the body, like the rest.</param>
/// <param name="Run">Of the request.</param>
/// <param name="Reason">Null: completed.</param>
/// <param name="DeadLetterId">Null without one.</param>
/// <param name="At">When it came.</param>
internal sealed record ReceivedReply(
    string CorrelationId, string ReplyId, string RequestId, int Run, string? Reason, Guid? DeadLetterId, DateTimeOffset At);

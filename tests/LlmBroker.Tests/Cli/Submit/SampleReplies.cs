using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Tests.Cli.Submit;

/// <summary>Replies as the broker sends them.</summary>
internal static class SampleReplies
{
    public static InferenceCompleted Completed(string requestId, string finishReason = "stop", decimal? costUsd = 0.25m, string model = "small", string tier = "cheap") => new()
    {
        RequestId = requestId,
        Run = 1,
        Body = JsonElement.Parse("""{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"你好"}}]}"""),
        Route = new Route { Deployment = model + "-a", Model = model, Tier = tier, Task = "translation", Reason = "policy auto: task translation → cheap" },
        FinishReason = finishReason,
        Attempts = 2,
        Usage = new TokenUsage { InputTokens = 10, CacheReadTokens = 3, OutputTokens = 5 },
        CostUsd = costUsd,
        PriceStatus = costUsd is null ? PriceStatus.Unknown : PriceStatus.Known,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        CompletedAt = DateTimeOffset.UnixEpoch,
    };

    public static InferenceFailed Failed(string requestId, FailureReason reason = FailureReason.Exhausted) => new()
    {
        RequestId = requestId,
        Run = 1,
        Reason = reason,
        Message = "Attempts are used up.",
        DeadLetterId = Guid.Parse("0f1e2d3c-0000-0000-0000-000000000001"),
        Attempts = 3,
        CostUsd = 0.5m,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        FailedAt = DateTimeOffset.UnixEpoch,
    };
}

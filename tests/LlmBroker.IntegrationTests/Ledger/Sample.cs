using System.Text;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Routing;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>Requests, attempts and outcomes as the broker makes them.</summary>
internal static class Sample
{
    /// <summary>With more digits than a database keeps.</summary>
    public static readonly DateTimeOffset Now = new DateTimeOffset(2030, 5, 17, 9, 30, 0, TimeSpan.Zero).AddTicks(1_234_567);

    public static RunKey NewKey() => new("acme", Guid.NewGuid().ToString("N"), 1);

    public static Acceptance Acceptance(RunKey key, string body = "body", ReplyAddress? replyTo = null) => new()
    {
        Key = key,
        BodyHash = Encoding.UTF8.GetBytes(body),
        AcceptedAt = Now,
        Lane = "bulk",
        Operation = "chat",
        Deadline = Now.AddHours(1),
        MessageBytes = 345,
        PromptTokens = 67,
        Route = Route,
        MaxCostUsd = 1.5m,
        GroupId = "group-1",
        ReplyTo = replyTo ?? new ReplyAddress { Queue = "acme.replies", CorrelationId = "first" },
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        Decision = Decision,
    };

    public static Route Route { get; } = new()
    {
        Deployment = "cheap-1",
        Model = "small",
        Fallbacks = ["large-1"],
        Tier = "cheap",
        Task = "translation",
        TaskConfidence = 0.75,
        Policy = "auto",
        Gain = 0.375,
        SourceLanguage = "zh",
        TargetLanguage = "en",
        Arm = "cheap",
        CheapModel = "small",
        LargeModel = "big",
        EscalateTo = ["large-1"],
        Reason = "policy auto: task translation → cheap",
    };

    public static Decision Decision { get; } = new()
    {
        PromptTokens = 67,
        Task = "translation",
        Confidence = 0.75,
        Gain = 0.375,
        Threshold = 0.5,
        Pair = "zh-en",
        Needs = "jsonSchema",
        Policy = "auto",
        Rule = 2,
        Candidates = [new("cheap-1", "cheap", "canary"), new("large-1", "large", null)],
        Dropped = new Dictionary<string, string> { ["cheap-2"] = "not certain: 有多个指令 \0" },
        EscalateTo = ["large-1"],
    };

    public static AttemptStart Start(RunKey key, Guid claimId, Guid workerId, decimal? estimate = 0.002m) => new()
    {
        Key = key,
        AttemptId = Guid.NewGuid(),
        ClaimId = claimId,
        WorkerId = workerId,
        Deployment = "cheap-1",
        Provider = "openai",
        Model = "small",
        StartedAt = Now.AddSeconds(1),
        EstimatedCostUsd = estimate,
        Deadline = Now.AddYears(1),
        MaxAttempts = 5,
    };

    public static AttemptEnd Failed(AttemptStart start, decimal? cost = 0m) => new()
    {
        Key = start.Key,
        AttemptId = start.AttemptId,
        Status = AttemptStatus.Failed,
        EndedAt = Now.AddSeconds(2),
        Latency = TimeSpan.FromMilliseconds(750),
        Error = "RateLimited",
        ErrorMessage = "slow down",
        HttpStatus = 429,
        CostUsd = cost,
    };

    public static AttemptEnd Succeeded(AttemptStart start, decimal? cost = 0.00123456789012m) => new()
    {
        Key = start.Key,
        AttemptId = start.AttemptId,
        Status = AttemptStatus.Succeeded,
        EndedAt = Now.AddSeconds(3),
        Latency = TimeSpan.FromMilliseconds(900),
        HttpStatus = 200,
        VendorRequestId = "req_1",
        FinishReason = "stop",
        Usage = new TokenUsage { InputTokens = 50, CacheReadTokens = 10, CacheWriteTokens = 7, OutputTokens = 20, ReasoningTokens = 5 },
        Price = new Price(0.15m, 0.6m, 0.075m, 0.15m),
        CostUsd = cost,
    };

    public static Outcome Completed(string reply = """{"requestId":"x"}""") => new()
    {
        ReplyId = Guid.NewGuid(),
        Reply = Encoding.UTF8.GetBytes(reply),
        SettledAt = Now.AddSeconds(4),
    };

    public static Outcome Failure(FailureReason reason) => Completed() with { Failure = reason, Message = $"It is {reason}." };

    public static Settlement Settlement(RunKey key, Guid? claimId, AttemptEnd? end = null, Outcome? outcome = null) =>
        new() { Key = key, ClaimId = claimId, Attempt = end, Outcome = outcome ?? Completed() };

    public static DeadLetter Letter(RunKey key, byte[] body) => new()
    {
        Id = Guid.NewGuid(),
        Tenant = key.Tenant,
        RequestId = key.RequestId,
        Run = key.Run,
        Reason = FailureReason.Exhausted,
        Error = "RateLimited: slow down",
        Deployment = "cheap-1",
        Lane = "bulk",
        Task = "translation",
        Attempts = 3,
        CostUsd = 0.01m,
        CreatedAt = Now.AddSeconds(4),
        Body = body,
    };
}

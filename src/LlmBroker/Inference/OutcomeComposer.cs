using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>Builds outcomes with the reply as it will go over the wire. Pure but for the reply id.</summary>
internal static class OutcomeComposer
{
    public static Outcome Completed(RunInference run, ProviderResult answer, Spending spending, DateTimeOffset now)
    {
        var reply = new InferenceCompleted
        {
            RequestId = run.RequestId,
            Run = run.Run,
            Body = answer.Body,
            Route = run.Route,
            FinishReason = answer.FinishReason,
            Attempts = spending.Attempts,
            Usage = answer.Usage ?? new TokenUsage(),
            CostUsd = spending.CostUsd,
            PriceStatus = spending.PriceStatus,
            AcceptedAt = run.AcceptedAt,
            CompletedAt = now,
            GroupId = run.GroupId,
            Metadata = run.Metadata,
        };
        return new Outcome
        {
            ReplyId = Guid.CreateVersion7(now),
            Reply = WireJson.ToBytes(reply),
            SettledAt = now,
        };
    }

    public static Outcome Failed(RunInference run, FailureReason reason, string message, Spending spending, Guid? deadLetterId, DateTimeOffset now) =>
        Failed(
            new InferenceFailed
            {
                RequestId = run.RequestId,
                Run = run.Run,
                Reason = reason,
                Message = message,
                DeadLetterId = deadLetterId,
                Route = run.Route,
                Attempts = spending.Attempts,
                CostUsd = spending.CostUsd,
                PriceStatus = spending.PriceStatus,
                AcceptedAt = run.AcceptedAt,
                FailedAt = now,
                GroupId = run.GroupId,
                Metadata = run.Metadata,
            });

    public static Outcome Failed(InferenceFailed reply) => new()
    {
        Failure = reply.Reason,
        Message = reply.Message,
        ReplyId = Guid.CreateVersion7(reply.FailedAt),
        Reply = WireJson.ToBytes(reply),
        SettledAt = reply.FailedAt,
    };
}

using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>One run of one request. <c>(Tenant, RequestId)</c> is the idempotency key; a redrive opens the next run.</summary>
internal readonly record struct RunKey(string Tenant, string RequestId, int Run)
{
    public static RunKey Of(RunInference run) => new(run.Tenant, run.RequestId, run.Run);
}

using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>What usage is summed up by.</summary>
internal enum UsageDimension
{
    Unknown = 0,
    Tenant = 1,
    Model = 2,
    Task = 3,
    Day = 4,
    Deployment = 5,
    Provider = 6,
    Lane = 7,
    Policy = 8,
    Tier = 9,
}

/// <summary>Usage of one tenant, model, task, day, deployment, provider, lane, policy or tier.</summary>
internal sealed record UsageRow
{
    /// <summary>Null where the ledger does not know it, such as the task of a request that no router recorded.</summary>
    public string? Name { get; init; }

    public long Requests { get; init; }
    public long Attempts { get; init; }
    public long RunningAttempts { get; init; }
    public required TokenUsage Tokens { get; init; }

    /// <summary>Known costs, ambiguous attempts at their estimate included.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>Ended attempts whose cost is not known, so that <see cref="CostUsd"/> is a lower bound when there are any.</summary>
    public long UnpricedAttempts { get; init; }

    public long AmbiguousAttempts { get; init; }
    public decimal AmbiguousCostUsd { get; init; }
}

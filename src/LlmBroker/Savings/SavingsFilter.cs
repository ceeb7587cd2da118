namespace LlmBroker.Savings;

/// <summary>Which requests are looked at, and how they are grouped.</summary>
internal sealed record SavingsFilter
{
    public SavingsDimension By { get; init; } = SavingsDimension.Day;

    /// <summary>Accepted at or after; null: from the beginning.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Accepted before; null: to the end.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Of this tenant alone.</summary>
    public string? Tenant { get; init; }

    /// <summary>Of this group alone, such as the name of a submitted job.</summary>
    public string? GroupId { get; init; }
}

namespace LlmBroker.Ledger;

/// <summary>One kind of rows that are dropped when they are old.</summary>
internal sealed record RetentionRule
{
    /// <summary>What it is, for people.</summary>
    public required string Name { get; init; }

    /// <summary>At least so long.</summary>
    public required TimeSpan KeptFor { get; init; }

    /// <summary>So much longer, without a word to people about it.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>The table of whose partitions by day whole ones are dropped, where the database has those; null: none.</summary>
    public string? Fact { get; init; }

    /// <summary>The table from which rows are deleted.</summary>
    public required string Table { get; init; }

    /// <summary>Columns of its primary key.</summary>
    public required string Key { get; init; }

    /// <summary>The column by which the oldest rows are found.</summary>
    public required string Time { get; init; }

    /// <summary>The condition, over the table as <c>t</c>, <c>@before</c> and <c>@tenant</c>.</summary>
    public required string Old { get; init; }

    /// <summary>Only this tenant's; null: everybody's.</summary>
    public string? Tenant { get; init; }
}

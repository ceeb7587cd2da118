namespace LlmBroker.DeadLetters;

/// <summary>Which dead letters an operator wants to be sent again, and how.</summary>
internal sealed record RedriveRequest
{
    /// <summary>These letters; null: all that wait for an operator and that <see cref="Filter"/> finds.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }

    public DeadLetterFilter Filter { get; init; } = new();

    /// <summary>With a filter: at most this many, the oldest. Default: all.</summary>
    public long Limit { get; init; } = long.MaxValue;

    public RedriveEdits Edits { get; init; } = RedriveEdits.None;

    /// <summary>Who asks.</summary>
    public required string By { get; init; }

    /// <summary>At most this many sent in a second. Default: 50.</summary>
    public double PerSecond { get; init; } = 50;

    /// <summary>A letter whose request was redriven this often is left alone. Default: 5.</summary>
    public int MaxRedrives { get; init; } = 5;

    /// <summary>Letters named by id are redriven however often that was done before.</summary>
    public bool Force { get; init; }

    /// <summary>Leave out the letters that cannot be redriven like that. Default: send nothing while there are any.</summary>
    public bool SkipFaulty { get; init; }
}

using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>A filter as SQL that both databases read. Pure.</summary>
internal static class DeadLetterSearch
{
    private static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string Condition(DeadLetterFilter filter)
    {
        var conditions = new List<string> { "d.created_at >= @since AND d.created_at < @until" };
        Add(filter.State, "d.state = @state");
        Add(filter.Pending ? filter : null, "d.state <> 'discarded' AND d.sent_at IS NULL");
        Add(filter.Reason, "d.reason = @reason");
        Add(filter.Tenant, "d.tenant = @tenant");
        Add(filter.Model, "d.model = @model");
        Add(filter.Deployment, "d.deployment = @deployment");
        Add(filter.Lane, "d.lane = @lane");
        Add(filter.Task, "d.task = @task");
        Add(filter.RequestId, "d.request_id = @requestId");
        Add(filter.ErrorText, @"lower(d.error) LIKE lower(@errorText) ESCAPE '\'");
        return string.Join(" AND ", conditions);

        void Add(object? value, string condition)
        {
            if (value is not null)
                conditions.Add(condition);
        }
    }

    /// <summary>The values of <see cref="Condition"/>, and the cursor and size of a page.</summary>
    public static object Parameters(DeadLetterFilter filter, DeadLetterCursor? cursor = null, int limit = 0) => new
    {
        since = SqliteDatabase.Time(filter.Since ?? DateTimeOffset.UnixEpoch),
        until = SqliteDatabase.Time(filter.Until ?? Never),
        state = filter.State is { } state ? Name(state) : null,
        reason = filter.Reason?.ToString(),
        tenant = filter.Tenant,
        model = filter.Model,
        deployment = filter.Deployment,
        lane = filter.Lane,
        task = filter.Task,
        requestId = filter.RequestId,
        errorText = filter.ErrorText is { } text ? $"%{Escape(text)}%" : null,
        after = filter.After,
        cursorAt = cursor?.CreatedAt,
        cursorId = cursor?.Id,
        limit,
    };

    private static string Escape(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);

    private static string Name(DeadLetterState state) => state switch
    {
        DeadLetterState.Open => "open",
        DeadLetterState.Redriven => "redriven",
        DeadLetterState.Discarded => "discarded",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A dead letter is open, redriven or discarded."),
    };
}

/// <summary>The letter after which a page begins, in the order of time.</summary>
internal readonly record struct DeadLetterCursor(DateTimeOffset CreatedAt, Guid Id);

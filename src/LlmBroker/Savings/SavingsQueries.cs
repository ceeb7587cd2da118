using System.Data.Common;
using Dapper;
using LlmBroker.Ledger;
using LlmBroker.Routing;

namespace LlmBroker.Savings;

/// <summary>What the ledger says of the requests that left their policy a choice; one SQL for both databases.</summary>
internal sealed class SavingsQueries(ILedgerDatabase database)
{
    /// <summary>A day of a million requests takes about twenty seconds on two cores; more days take more.</summary>
    private const int TimeoutSeconds = 600;

    private static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async Task<SavingsReport> GetAsync(SavingsFilter filter, CancellationToken cancellationToken) =>
        SavingsReport.Of(await GetCellsAsync(filter, cancellationToken));

    /// <summary>Of one group that is young enough to have claims, by task.</summary>
    public async Task<SavingsReport> GetOfGroupAsync(string tenant, string groupId, CancellationToken cancellationToken)
    {
        // Claims know a group by an index; requests would have to be read from the first day on.
        var first = await database.ReadAsync(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    "SELECT min(accepted_at) FROM claims WHERE tenant = @tenant AND group_id = @groupId",
                    new { tenant, groupId },
                    cancellationToken: cancellationToken));
                await reader.ReadAsync(cancellationToken);
                return reader.Value<DateTimeOffset>(0);
            },
            cancellationToken);
        return first is null
            ? SavingsReport.Of([])
            : await GetAsync(new SavingsFilter { By = SavingsDimension.Task, Since = first, Tenant = tenant, GroupId = groupId }, cancellationToken);
    }

    private Task<IReadOnlyCollection<SavingsCell>> GetCellsAsync(SavingsFilter filter, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyCollection<SavingsCell>>(
            async connection =>
            {
                var choices = Choices(filter);
                var since = SqliteDatabase.Time(filter.Since ?? DateTimeOffset.UnixEpoch);
                var until = SqliteDatabase.Time(filter.Until ?? Never);
                var parameters = new Parameters(since, until, StoredText.Clean(filter.Tenant), StoredText.Clean(filter.GroupId), since, until);
                if (await FindLastDeadlineAsync(connection, choices, parameters, cancellationToken) is not { } last)
                    return [];

                // In plain words for the database, so that it looks into the days that matter: an hour for clocks that differ.
                parameters = parameters with { FactsSince = since == DateTimeOffset.UnixEpoch ? since : since.AddHours(-1), FactsUntil = last.AddHours(1) };
                await using var reader = await connection.ExecuteReaderAsync(Command(Sums(filter, choices), parameters, cancellationToken));
                var cells = new List<SavingsCell>();
                while (await reader.ReadAsync(cancellationToken))
                    cells.Add(Read(reader));
                return cells;
            },
            cancellationToken);

    private static async Task<DateTimeOffset?> FindLastDeadlineAsync(
        DbConnection connection, string choices, Parameters parameters, CancellationToken cancellationToken)
    {
        await using var reader = await connection.ExecuteReaderAsync(
            Command($"SELECT max(r.deadline) FROM requests r WHERE {choices}", parameters, cancellationToken));
        await reader.ReadAsync(cancellationToken);
        return reader.Value<DateTimeOffset>(0);
    }

    private static string Choices(SavingsFilter filter) =>
        $"""
        r.accepted_at >= @Since AND r.accepted_at < @Until AND NOT r.refused AND r.cheap_model IS NOT NULL AND r.large_model IS NOT NULL
            AND r.tenant NOT LIKE '%{ShadowTenant.Suffix}'
            {(filter.Tenant is null ? "" : "AND r.tenant = @Tenant")} {(filter.GroupId is null ? "" : "AND r.group_id = @GroupId")}
        """;

    /// <summary>By run first: what its calls cost, what they made of it, and what was said of it.</summary>
    private string Sums(SavingsFilter filter, string choices) =>
        $"""
        WITH choices AS (
            SELECT r.tenant, r.request_id, r.run, r.accepted_at, r.deadline, r.tier, r.arm, {Column(filter.By)} AS name
            FROM requests r
            WHERE {choices}),
        calls AS (
            SELECT a.tenant, a.request_id, a.run, a.started_at, a.purpose, e.status, e.verdict, e.output_tokens,
                CASE WHEN e.status IS NULL THEN a.estimated_cost_usd ELSE e.cost_usd END AS cost_usd
            FROM attempts a
            LEFT JOIN attempt_ends e
                ON e.tenant = a.tenant AND e.request_id = a.request_id AND e.run = a.run AND e.attempt_id = a.attempt_id
                AND e.ended_at >= @FactsSince
                AND (e.status <> 3 OR NOT EXISTS (
                    SELECT 1 FROM attempt_ends t
                    WHERE t.tenant = a.tenant AND t.request_id = a.request_id AND t.run = a.run AND t.attempt_id = a.attempt_id AND t.status <> 3))
            WHERE a.started_at >= @FactsSince AND a.started_at <= @FactsUntil),
        spent AS (
            SELECT c.tenant, c.request_id, c.run, c.accepted_at,
                {database.Sum("k.cost_usd")} AS cost_usd,
                count(*) FILTER (WHERE k.cost_usd IS NULL) AS unpriced,
                {database.Sum("CASE WHEN k.status IS NULL OR k.status = 3 THEN k.cost_usd END")} AS ambiguous_usd,
                {database.Sum("CASE WHEN k.status IN (2, 4) THEN k.cost_usd END")} AS failed_usd,
                {database.Sum("CASE WHEN k.verdict = 'rejected' THEN k.cost_usd END")} AS rejected_usd,
                {database.Sum("CASE WHEN k.purpose = 'judge' THEN k.cost_usd END")} AS judge_usd,
                count(*) FILTER (WHERE k.verdict = 'accepted') AS accepted,
                count(*) FILTER (WHERE k.verdict = 'rejected') AS rejected,
                sum(CASE WHEN k.purpose IS NULL AND k.status = 1 AND (k.verdict IS NULL OR k.verdict <> 'rejected') THEN k.output_tokens END) AS output_tokens
            FROM choices c
            JOIN calls k
                ON k.tenant = c.tenant AND k.request_id = c.request_id AND k.run = c.run
                AND k.started_at >= {database.Later("c.accepted_at", -1)} AND k.started_at <= {database.Later("c.deadline", 1)}
            GROUP BY c.tenant, c.request_id, c.run, c.accepted_at),
        said AS (
            SELECT tenant, request_id, run, avg(score) AS score,
                count(*) FILTER (WHERE verdict = 'accepted') AS accepted, count(*) FILTER (WHERE verdict = 'rejected') AS rejected
            FROM (
                SELECT tenant, request_id, run, verdict, score,
                    row_number() OVER (PARTITION BY tenant, request_id, run, source ORDER BY given_at DESC, message_id DESC) AS age
                FROM feedback
                WHERE given_at >= @FactsSince) f
            WHERE age = 1
            GROUP BY tenant, request_id, run),
        runs AS (
            SELECT c.name, c.arm,
                CASE WHEN s.rejected > 0 THEN 2 WHEN c.tier = 'large' THEN 1 ELSE 0 END AS path,
                CASE WHEN o.settled_at IS NULL THEN 0 WHEN o.failure IS NOT NULL THEN 1
                    WHEN o.cheap_cost_usd IS NULL OR o.large_cost_usd IS NULL OR coalesce(s.unpriced, 1) > 0 THEN 2 ELSE 3 END AS state,
                s.cost_usd, s.ambiguous_usd, s.failed_usd, s.rejected_usd, s.judge_usd, s.unpriced, o.cheap_cost_usd, o.large_cost_usd,
                CAST(o.large_cost_usd AS double precision) - CAST(o.cheap_cost_usd AS double precision) AS difference,
                CAST(s.cost_usd AS double precision) AS cost, CAST(s.output_tokens AS double precision) AS tokens,
                s.accepted AS cascade_accepted, s.rejected AS cascade_rejected,
                CASE WHEN f.accepted > f.rejected THEN 1 ELSE 0 END AS feedback_accepted,
                CASE WHEN f.rejected > 0 AND f.accepted <= f.rejected THEN 1 ELSE 0 END AS feedback_rejected,
                f.score
            FROM choices c
            LEFT JOIN spent s ON s.tenant = c.tenant AND s.request_id = c.request_id AND s.run = c.run AND s.accepted_at = c.accepted_at
            LEFT JOIN outcomes o
                ON o.tenant = c.tenant AND o.request_id = c.request_id AND o.run = c.run
                AND o.settled_at >= @FactsSince AND o.settled_at >= {database.Later("c.accepted_at", -1)} AND o.settled_at <= {database.Later("c.deadline", 24)}
            LEFT JOIN said f ON f.tenant = c.tenant AND f.request_id = c.request_id AND f.run = c.run)
        SELECT name, arm, path, state, count(*),
            {database.Sum("cost_usd")}, {database.Sum("ambiguous_usd")}, {database.Sum("failed_usd")}, {database.Sum("rejected_usd")}, {database.Sum("judge_usd")},
            CAST(sum(unpriced) AS bigint), {database.Sum("cheap_cost_usd")}, {database.Sum("large_cost_usd")},
            sum(difference * difference), sum(cost * cost), sum(tokens), sum(tokens * tokens),
            CAST(sum(cascade_accepted) AS bigint), CAST(sum(cascade_rejected) AS bigint),
            CAST(sum(feedback_accepted) AS bigint), CAST(sum(feedback_rejected) AS bigint),
            count(score), sum(score), sum(score * score)
        FROM runs
        GROUP BY name, arm, path, state
        """;

    private static SavingsCell Read(DbDataReader row) => new()
    {
        Name = row.Text(0),
        Arm = row.Text(1),
        Path = (AnswerPath)row.GetInt32(2),
        State = (SavingsState)row.GetInt32(3),
        Runs = row.GetInt64(4),
        CostUsd = row.Value<decimal>(5) ?? 0,
        AmbiguousUsd = row.Value<decimal>(6) ?? 0,
        FailedCallsUsd = row.Value<decimal>(7) ?? 0,
        RejectedUsd = row.Value<decimal>(8) ?? 0,
        JudgeUsd = row.Value<decimal>(9) ?? 0,
        UnpricedCalls = row.Value<long>(10) ?? 0,
        AllCheapUsd = row.Value<decimal>(11) ?? 0,
        AllLargeUsd = row.Value<decimal>(12) ?? 0,
        DifferenceSquares = row.Value<double>(13) ?? 0,
        CostSquares = row.Value<double>(14) ?? 0,
        OutputTokens = row.Value<double>(15) ?? 0,
        OutputTokenSquares = row.Value<double>(16) ?? 0,
        CascadeAccepted = row.Value<long>(17) ?? 0,
        CascadeRejected = row.Value<long>(18) ?? 0,
        FeedbackAccepted = row.Value<long>(19) ?? 0,
        FeedbackRejected = row.Value<long>(20) ?? 0,
        Scores = row.GetInt64(21),
        ScoreSum = row.Value<double>(22) ?? 0,
        ScoreSquares = row.Value<double>(23) ?? 0,
    };

    private string Column(SavingsDimension by) => by switch
    {
        SavingsDimension.Day => database.Day("r.accepted_at"),
        SavingsDimension.Task => "r.task",
        SavingsDimension.Tenant => "r.tenant",
        SavingsDimension.Policy => "r.policy",
        SavingsDimension.Model => "r.cheap_model || ' | ' || r.large_model",
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "Savings are summed up by day, task, tenant, policy or model."),
    };

    private static CommandDefinition Command(string sql, Parameters parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, commandTimeout: TimeoutSeconds, cancellationToken: cancellationToken);

    /// <param name="Since">Of the acceptance.</param>
    /// <param name="Until">Likewise.</param>
    /// <param name="Tenant">Null: any.</param>
    /// <param name="GroupId">Null: any.</param>
    /// <param name="FactsSince">Before which none of the requests has a call, an outcome or feedback.</param>
    /// <param name="FactsUntil">After which none has a call.</param>
    private sealed record Parameters(
        DateTimeOffset Since, DateTimeOffset Until, string? Tenant, string? GroupId, DateTimeOffset FactsSince, DateTimeOffset FactsUntil);
}

using Dapper;
using LlmBroker.Configuration;
using LlmBroker.Ledger;

namespace LlmBroker.Control;

/// <summary>What operators changed at run time, and which process follows. One SQL for both databases.</summary>
internal sealed class ConfigurationStore(ILedgerDatabase database, TimeProvider time)
{
    /// <summary>The newest change; 0: there was none.</summary>
    public Task<long> GetRevisionAsync(CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT coalesce(max(revision), 0) FROM configuration_changes", cancellationToken: cancellationToken)),
        cancellationToken);

    public Task<OverrideSet> GetOverridesAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                """
                SELECT c.revision, c.path, c.action, c.value_after, c.changed_by, c.changed_at, c.reason
                FROM configuration_changes c
                JOIN (SELECT path, max(revision) AS revision FROM configuration_changes GROUP BY path) newest
                    ON newest.path = c.path AND newest.revision = c.revision
                ORDER BY c.revision, c.ordinal
                """,
                cancellationToken: cancellationToken));
            var revision = 0L;
            var overrides = new List<ConfigurationOverride>();
            while (await reader.ReadAsync(cancellationToken))
            {
                revision = Math.Max(revision, reader.GetInt64(0));
                if (reader.GetString(2) == "set")
                {
                    overrides.Add(new ConfigurationOverride(
                        reader.GetString(1), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5), reader.Text(6)));
                }
            }

            return new OverrideSet(revision, overrides);
        },
        cancellationToken);

    /// <summary>Appends the rows as the revision that is theirs.</summary>
    /// <returns>False when somebody else's change came first: nothing was written.</returns>
    public async Task<bool> TryAppendAsync(IReadOnlyList<ConfigurationChange> changes, CancellationToken cancellationToken)
    {
        // The first row's key decides; the others go the same way, since nobody writes a part of a revision.
        return await database.ChangeAsync(
            async (connection, transaction) =>
            {
                foreach (var (ordinal, change) in changes.Index())
                {
                    var written = await connection.ExecuteAsync(new CommandDefinition(
                        """
                        INSERT INTO configuration_changes (
                            revision, ordinal, path, action, value_before, value_after, changed_by, reason, changed_at)
                        VALUES (@Revision, @ordinal, @Path, @action, @Before, @After, @ChangedBy, @Reason, @at)
                        ON CONFLICT DO NOTHING
                        """,
                        new
                        {
                            change.Revision,
                            ordinal,
                            change.Path,
                            action = change.After is null ? "unset" : "set",
                            change.Before,
                            change.After,
                            change.ChangedBy,
                            change.Reason,
                            at = SqliteDatabase.Time(change.ChangedAt),
                        },
                        transaction,
                        cancellationToken: cancellationToken));
                    if (written == 0)
                        return false;
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>The newest changes first.</summary>
    /// <param name="path">Only of this member and those below it; null: all.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<IReadOnlyList<ConfigurationChange>> GetHistoryAsync(string? path, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ConfigurationChange>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    SELECT revision, path, value_before, value_after, changed_by, reason, changed_at
                    FROM configuration_changes
                    {(path is null ? "" : "WHERE path = @path OR substr(path, 1, length(@path) + 1) IN (@path || '.', @path || '[')")}
                    ORDER BY revision DESC, ordinal
                    LIMIT @limit
                    """,
                    new { path, limit },
                    cancellationToken: cancellationToken));
                var changes = new List<ConfigurationChange>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    changes.Add(new ConfigurationChange(
                        reader.GetInt64(0), reader.GetString(1), reader.Text(2), reader.Text(3), reader.GetString(4), reader.Text(5),
                        reader.GetFieldValue<DateTimeOffset>(6)));
                }

                return changes;
            },
            cancellationToken);

    /// <summary>Says what a process works with.</summary>
    public Task ReportAsync(ProcessConfiguration state, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO configuration_states (worker_id, host, roles, source, revision, refused, faults, changed_at)
            VALUES (@WorkerId, @Host, @Roles, @Source, @Revision, @Refused, @faults, @at)
            ON CONFLICT (worker_id) DO UPDATE SET revision = excluded.revision, refused = excluded.refused, faults = excluded.faults,
                changed_at = excluded.changed_at
            """,
            new
            {
                state.WorkerId,
                state.Host,
                state.Roles,
                state.Source,
                state.Revision,
                state.Refused,
                faults = state.Faults.Count == 0 ? null : StoredText.Clean(string.Join('\n', state.Faults)),
                at = SqliteDatabase.Time(state.ChangedAt),
            },
            transaction,
            cancellationToken: cancellationToken)),
        cancellationToken);

    /// <summary>Forgets a process that stops, and those whose lease lapsed long ago.</summary>
    public Task ForgetAsync(Guid workerId, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM configuration_states WHERE worker_id = @workerId OR worker_id NOT IN (SELECT worker_id FROM workers)",
            new { workerId },
            transaction,
            cancellationToken: cancellationToken)),
        cancellationToken);

    /// <summary>The processes that are alive.</summary>
    public Task<IReadOnlyList<ProcessConfiguration>> GetProcessesAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ProcessConfiguration>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    """
                    SELECT s.worker_id, s.host, s.roles, s.source, s.revision, s.refused, s.faults, s.changed_at, w.lease_until
                    FROM configuration_states s JOIN workers w ON w.worker_id = s.worker_id
                    ORDER BY s.host, s.worker_id
                    """,
                    cancellationToken: cancellationToken));
                var now = time.GetUtcNow();
                var processes = new List<ProcessConfiguration>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (reader.GetFieldValue<DateTimeOffset>(8) < now)
                        continue;
                    processes.Add(new ProcessConfiguration(
                        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.Value<long>(5),
                        reader.Text(6)?.Split('\n') ?? [], reader.GetFieldValue<DateTimeOffset>(7)));
                }

                return processes;
            },
            cancellationToken);
}

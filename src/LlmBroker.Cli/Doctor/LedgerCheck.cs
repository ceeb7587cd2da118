using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmBroker.Cli.Doctor;

/// <summary>The ledger: reachable, a version that we know, schema up to date, clocks that agree.</summary>
internal static class LedgerCheck
{
    private const int OldestPostgres = 13;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> RunAsync(BrokerConfiguration configuration, TimeProvider time, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            var options = LedgerConnection.Complete(configuration.Options.Ledger, configuration.Secrets);
            if (options.Postgres is { } postgres)
                await CheckPostgresAsync(postgres, findings, time, cancellationToken);
            else
                findings.Add(Finding.Ok("ledger", $"SQLite at {options.Sqlite}"));

            await using var services = LedgerServices.Open(configuration);
            var pending = services.GetRequiredService<LedgerMigrator>().GetPending();
            findings.Add(pending.Count == 0
                ? Finding.Ok("schema", "up to date")
                : Finding.Warning("schema", $"{pending.Count} migrations are pending, first {pending[0]}", "Run 'llmbroker migrate', or let 'serve' do it."));
        }
        catch (Exception exception) when (exception is NpgsqlException or LedgerUnavailableException or TimeoutException)
        {
            findings.Add(Finding.Fault("ledger", (exception.InnerException ?? exception).Message, "Check ledger.postgres and its password, and that the server runs."));
        }

        return findings;
    }

    private static async Task CheckPostgresAsync(string connectionString, List<Finding> findings, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Timeout = 5, Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        var place = $"PostgreSQL {connection.PostgreSqlVersion} at {connection.Host}:{connection.Port}/{connection.Database}";
        findings.Add(connection.PostgreSqlVersion.Major >= OldestPostgres
            ? Finding.Ok("ledger", place)
            : Finding.Fault("ledger", place, $"PostgreSQL {OldestPostgres} or later is needed."));

        await using var clock = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var difference = time.GetUtcNow() - new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancellationToken))!);
        if (difference.Duration() > ClockTolerance)
            findings.Add(Finding.Warning("clock", $"this machine differs from PostgreSQL's by {difference.TotalSeconds:0.0} s", "Deadlines are kept by the machines' clocks: let NTP set them."));
    }
}

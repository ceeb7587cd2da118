using Npgsql;

namespace LlmBroker.Configuration;

/// <summary>
/// Rules between and within members, all of them in one pass. Pure: what lies outside the document (variables, files) is the
/// <see cref="ReferenceValidator"/>'s. Only what <see cref="ConfigurationNeeds"/> name has to be there.
/// </summary>
internal static class BrokerOptionsValidator
{
    public static IReadOnlyList<ConfigurationFinding> Validate(
        BrokerOptions options, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs)
    {
        var faults = new FindingList();
        CheckRabbitMq(options.RabbitMq, faults);
        CheckLedger(options.Ledger, needs, faults);
        RetentionValidator.Check(options, faults);
        CatalogValidator.Check(options, providerTypes, needs, faults);
        CheckLane(options.Lanes.Interactive, "lanes.interactive", faults);
        CheckLane(options.Lanes.Standard, "lanes.standard", faults);
        CheckLane(options.Lanes.Bulk, "lanes.bulk", faults);
        faults.Range("limits.maxMessageBytes", options.Limits.MaxMessageBytes, 1024, 16 * 1024 * 1024);
        faults.Range("limits.inlineBodyBytes", options.Limits.InlineBodyBytes, 0, 16 * 1024 * 1024);
        faults.Range("limits.maxAttempts", options.Limits.MaxAttempts, 1, 100);
        faults.HttpAddress("telemetry.otlpEndpoint", options.Telemetry.OtlpEndpoint);
        return faults;
    }

    private static void CheckRabbitMq(RabbitMqOptions rabbitMq, FindingList faults)
    {
        if (!rabbitMq.Uri.IsAbsoluteUri || rabbitMq.Uri.Scheme is not ("amqp" or "amqps") || rabbitMq.Uri.Host.Length == 0)
            faults.Add("rabbitMq.uri", $"{ValueText.Of(rabbitMq.Uri)} is no RabbitMQ address; write amqp://host:5672/vhost, or amqps:// for TLS");
        faults.HttpAddress("rabbitMq.managementUri", rabbitMq.ManagementUri);
        faults.Range("rabbitMq.prefetch", rabbitMq.Prefetch, 1, ushort.MaxValue);
        faults.NotEmpty("rabbitMq.username", rabbitMq.Username);
        faults.Secret("rabbitMq.password", rabbitMq.Password);
        faults.Tls("rabbitMq.tls", rabbitMq.Tls);
    }

    private static void CheckLedger(LedgerOptions ledger, ConfigurationNeeds needs, FindingList faults)
    {
        if (ledger is { Postgres: not null, Sqlite: not null })
            faults.Add("ledger", "postgres and sqlite are both set; keep the one where the ledger is");
        if (ledger is { Postgres: null, Sqlite: null } && needs.HasFlag(ConfigurationNeeds.Ledger))
            faults.Add("ledger", "neither postgres nor sqlite is set; give a connection string as ledger.postgres, or a file as ledger.sqlite");
        if (ledger.Postgres is { } connectionString && !IsConnectionString(connectionString))
            faults.Add("ledger.postgres", "is no Npgsql connection string with a host; write it as Host=…;Username=…;Database=…");
        faults.NotEmpty("ledger.sqlite", ledger.Sqlite);
        faults.Secret("ledger.password", ledger.Password);
        faults.Range("ledger.commitInterval", ledger.CommitInterval, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        faults.Range("ledger.commitSize", ledger.CommitSize, 1, 5000);
        faults.Range("ledger.lease", ledger.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static void CheckLane(LaneOptions lane, string path, FindingList faults)
    {
        faults.Range($"{path}.defaultDeadline", lane.DefaultDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
        if (lane.Patience > lane.DefaultDeadline)
        {
            faults.Add(
                $"{path}.patience",
                $"{DurationText.Format(lane.Patience)} is longer than defaultDeadline, {DurationText.Format(lane.DefaultDeadline)}; lower it or raise that");
        }
    }
}

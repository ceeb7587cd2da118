using LlmBroker.Models;
using Npgsql;

namespace LlmBroker.Configuration;

/// <summary>What works, but is probably not meant or not wise. For <c>doctor</c> and the log at start; expects valid options.</summary>
internal static class BrokerOptionsWarnings
{
    private static readonly Uri DefaultUri = new RabbitMqOptions().Uri;

    public static IReadOnlyList<ConfigurationFinding> Find(BrokerOptions options)
    {
        var warnings = new FindingList();
        var rabbitMq = options.RabbitMq;
        if (rabbitMq.Uri.UserInfo.Contains(':', StringComparison.Ordinal))
            warnings.Add("rabbitMq.uri", "holds a password; move it to rabbitMq.password, which reads it from a variable or a file");
        if (rabbitMq.InMemory && rabbitMq.Uri != DefaultUri)
            warnings.Add("rabbitMq.uri", $"{ValueText.Of(rabbitMq.Uri)} is not used while inMemory is true; remove one of the two");
        if (rabbitMq.Uri.Scheme == "amqp" && rabbitMq.Tls != new TlsOptions())
            warnings.Add("rabbitMq.tls", "is not used with amqp://; write amqps:// in rabbitMq.uri");
        if (options.Ledger.Postgres is { } postgres && new NpgsqlConnectionStringBuilder(postgres).Password is { Length: > 0 })
            warnings.Add("ledger.postgres", "holds a password; move it to ledger.password, which reads it from a variable or a file");
        if (options.Ledger.Sqlite is { } file && !rabbitMq.InMemory)
            warnings.Add("ledger.sqlite", $"'{file}' can serve one process only; use ledger.postgres to run router and workers apart");
        foreach (var (name, tenant) in options.Tenants)
        {
            if (tenant.Retention.DropDelivered && rabbitMq.InMemory)
                warnings.Add($"{ConfigurationPath.Of("tenants", name)}.retention.dropDelivered", "has no effect while rabbitMq.inMemory is true, where nothing confirms a delivery");
        }

        FindUnpriced(options, warnings);
        if (options.Ledger.ReplyRetention is { } payloads)
            warnings.Add("ledger.replyRetention", $"has a new name; write \"retention\": {{ \"payloads\": \"{DurationText.Format(payloads)}\" }}");
        return warnings;
    }

    /// <summary>A cap on the average cost needs prices: without them the large model is never taken.</summary>
    private static void FindUnpriced(BrokerOptions options, FindingList warnings)
    {
        ModelCatalog? catalog = null;
        foreach (var (name, policy) in options.Policies)
        {
            if (policy.Auto?.MaxAverageUsd is null)
                continue;
            catalog ??= new ModelCatalog(options);
            foreach (var model in (ReadOnlySpan<string?>)[policy.Cheap, policy.Large])
            {
                if (model is not null && catalog.DeploymentsOf(model) is [{ Prices: null }, ..])
                    warnings.Add($"{ConfigurationPath.Of("policies", name)}.auto.maxAverageUsd", $"never takes the large model while the price of '{model}' is unknown; set models.{model}.price");
            }
        }
    }
}

using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Feedback;
using LlmBroker.Learning;
using LlmBroker.Savings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LlmBroker.Ledger;

internal static class LedgerServiceCollectionExtensions
{
    /// <summary>
    /// The ledger and its background work. Register it before what uses it: it then starts first and stops last.
    /// <see cref="LedgerOptions.Postgres"/> is complete here, its password resolved and included.
    /// </summary>
    public static IServiceCollection AddLedger(
        this IServiceCollection services, LedgerOptions options, IReadOnlyDictionary<string, TenantOptions>? tenants = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<LeaseWatch>();
        services.AddSingleton<LedgerQueries>();
        services.AddSingleton<PricingQueries>();
        services.AddSingleton<DecisionQueries>();
        services.AddSingleton<CancellationStore>();
        services.AddSingleton<FeedbackStore>();
        services.AddSingleton<SweepStore>();
        services.AddSingleton<DuplicateQueries>();
        services.AddSingleton<SavingsQueries>();
        services.AddSingleton<LearningQueries>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<DeadLetterQueries>();
        services.AddSingleton<DeadLetterDiscard>();
        services.AddSingleton<TenantStore>();
        services.AddSingleton<ConfigurationStore>();
        services.AddSingleton<ConfigurationEditor>();
        services.AddSingleton(new RetentionPolicy(options.Kept, tenants ?? new Dictionary<string, TenantOptions>()));
        services.AddSingleton(provider => new RetentionStore(
            provider.GetRequiredService<ILedgerDatabase>(),
            provider.GetService<PostgresPartitions>(),
            provider.GetRequiredService<RetentionPolicy>(),
            provider.GetRequiredService<TimeProvider>()));
        if (options.Postgres is { } connectionString)
            services.AddPostgresLedger(connectionString, options);
        else if (options.Sqlite is { } path)
            services.AddSqliteLedger(path, options);
        else
            throw new ArgumentException("The ledger has no database: set ledger.postgres or ledger.sqlite.", nameof(options));

        services.AddHostedService<SchemaStartup>();
        services.AddHostedService<RetentionKeeper>();
        services.AddHostedService<LeaseKeeper>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LedgerWriter>());
        return services;
    }

    private static void AddPostgresLedger(this IServiceCollection services, string connectionString, LedgerOptions options)
    {
        // Keyed, so that it is not taken for the database of whoever hosts the broker.
        services.AddKeyedSingleton(nameof(Ledger), (_, _) => PostgresDatabase.CreateSource(connectionString));
        services.AddSingleton(provider => new PostgresDatabase(provider.GetRequiredKeyedService<NpgsqlDataSource>(nameof(Ledger))));
        services.AddSingleton<ILedgerDatabase>(provider => provider.GetRequiredService<PostgresDatabase>());
        services.AddSingleton<PostgresPartitions>();
        services.AddSingleton<ILedgerStore>(provider => new PostgresLedgerStore(
            provider.GetRequiredKeyedService<NpgsqlDataSource>(nameof(Ledger)),
            options.Kept.Payloads,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<LeaseWatch>()));
        services.AddSingleton(provider => LedgerMigrator.ForPostgres(connectionString, provider.GetRequiredService<ILogger<LedgerMigrator>>()));
    }

    private static void AddSqliteLedger(this IServiceCollection services, string path, LedgerOptions options)
    {
        services.AddSingleton(new SqliteDatabase(path));
        services.AddSingleton<ILedgerDatabase>(provider => provider.GetRequiredService<SqliteDatabase>());
        services.AddSingleton<ILedgerStore>(provider => new SqliteLedgerStore(
            provider.GetRequiredService<SqliteDatabase>(), options.Kept.Payloads, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => LedgerMigrator.ForSqlite(path, provider.GetRequiredService<ILogger<LedgerMigrator>>()));
    }
}

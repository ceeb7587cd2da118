using LlmBroker.Configuration;
using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>Brings the ledger's connection string and its secret together.</summary>
internal static class LedgerConnection
{
    public static LedgerOptions Complete(LedgerOptions options, SecretResolver secrets) =>
        options.Postgres is { } postgres && secrets.Resolve(options.Password) is { } password
            ? options with { Postgres = new NpgsqlConnectionStringBuilder(postgres) { Password = password.Reveal() }.ConnectionString }
            : options;
}

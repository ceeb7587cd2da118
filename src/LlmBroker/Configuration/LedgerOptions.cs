namespace LlmBroker.Configuration;

/// <summary>Where the ledger is; one of <see cref="Postgres"/> and <see cref="Sqlite"/> is set.</summary>
public sealed record LedgerOptions
{
    /// <summary>Npgsql connection string; TLS by <c>SSL Mode</c> and <c>Root Certificate</c>. A password belongs in <see cref="Password"/>.</summary>
    public string? Postgres { get; init; }

    /// <summary>The Postgres user's password.</summary>
    public SecretOptions? Password { get; init; }

    /// <summary>Path of a SQLite file (embedded mode, one process).</summary>
    public string? Sqlite { get; init; }

    /// <summary>Bring the schema up to date when a process starts. Default: true.</summary>
    public bool MigrateAtStart { get; init; } = true;

    /// <summary>How long the writer collects before it commits. Default: 2 ms.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Most operations in one commit. Default: 512.</summary>
    public int CommitSize { get; init; } = 512;

    /// <summary>
    /// How long a worker's claims stand without a sign of life from it; 1 to 3 s. Default: 3 s.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long what is kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>The former name of <c>retention.payloads</c>, which is to be set instead. Default: none.</summary>
    public TimeSpan? ReplyRetention { get; init; }

    /// <summary>The retention with the former name taken in.</summary>
    internal RetentionOptions Kept => ReplyRetention is { } payloads ? Retention with { Payloads = payloads } : Retention;
}

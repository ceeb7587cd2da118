using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>Rows of one table, of whatever type they are made.</summary>
internal interface IPostgresRows
{
    int Count { get; }

    NpgsqlBatchCommand Command { get; }

    /// <summary>Writes them by COPY, which takes no ON CONFLICT: a row that is there already is a unique violation.</summary>
    Task CopyAsync(NpgsqlConnection connection, CancellationToken cancellationToken);
}

using System.Data.Common;

namespace LlmBroker.Ledger;

/// <summary>The database that holds the ledger, and the few words in which the two kinds differ; all other SQL of reads is shared.</summary>
internal interface ILedgerDatabase
{
    /// <summary>An open connection, the caller's to dispose. Throws <see cref="LedgerUnavailableException"/> when there is none.</summary>
    Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Goes behind a select whose rows the transaction will update.</summary>
    string ForUpdate { get; }

    /// <summary>The time by the database's own clock.</summary>
    string Clock { get; }

    /// <summary>Exact sum of a money column.</summary>
    string Sum(string column);

    /// <summary>The UTC day of a time as <c>yyyy-MM-dd</c>.</summary>
    string Day(string column);

    /// <summary>The time so many hours later; earlier, when that is negative.</summary>
    string Later(string column, int hours);

    /// <summary>A text parameter as the type of a JSON column.</summary>
    string Json(string parameter);

    /// <summary>A lock that one process has at a time, until it is disposed; null while another has it.</summary>
    Task<IAsyncDisposable?> TryLockAsync(int number, CancellationToken cancellationToken);

    /// <summary>Whether the database, and not what was asked of it, is at fault.</summary>
    bool IsUnavailable(Exception exception);
}

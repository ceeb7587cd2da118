using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LlmBroker.Ledger;

internal sealed class SqliteDatabase : ILedgerDatabase
{
    private readonly string connectionString;

    public SqliteDatabase(string path)
    {
        connectionString = ConnectionString(path);
    }

    public string ForUpdate => "";

    public string Clock => "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')";

    public static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path }.ConnectionString;

    /// <summary>In UTC and with the microseconds that Postgres would keep.</summary>
    public static DateTimeOffset Time(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => await OpenSqliteAsync(cancellationToken);

    public async Task<SqliteConnection> OpenSqliteAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        connection.CreateAggregate<decimal?, decimal?>("usd_sum", null, (sum, value) => value is null ? sum : (sum ?? 0) + value);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            await connection.DisposeAsync();
            throw Unavailable(exception);
        }
    }

    public string Sum(string column) => $"usd_sum({column})";

    public string Day(string column) => $"substr({column}, 1, 10)";

    public string Later(string column, int hours) => $"strftime('%Y-%m-%d %H:%M:%f+00:00', {column}, '{hours} hours')";

    public string Json(string parameter) => parameter;

    /// <summary>There is one process.</summary>
    public Task<IAsyncDisposable?> TryLockAsync(int number, CancellationToken cancellationToken) => Task.FromResult<IAsyncDisposable?>(NoLock.Instance);

    /// <summary>Locked, full, unreadable or gone; not: a constraint, a value too big, a wrong statement.</summary>
    public bool IsUnavailable(Exception exception) => exception is SqliteException
    {
        SqliteErrorCode: SqliteErrors.Busy or SqliteErrors.Locked or SqliteErrors.ReadOnly or SqliteErrors.Io or SqliteErrors.Full
            or SqliteErrors.CannotOpen
    };

    public static LedgerUnavailableException Unavailable(Exception exception) =>
        new($"The ledger's SQLite file cannot be used: {exception.Message}", exception);

    private sealed class NoLock : IAsyncDisposable
    {
        public static readonly NoLock Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>https://www.sqlite.org/rescode.html</summary>
    private static class SqliteErrors
    {
        public const int Busy = 5;
        public const int Locked = 6;
        public const int ReadOnly = 8;
        public const int Io = 10;
        public const int Full = 13;
        public const int CannotOpen = 14;
    }
}

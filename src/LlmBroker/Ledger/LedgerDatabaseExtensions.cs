using System.Data.Common;

namespace LlmBroker.Ledger;

internal static class LedgerDatabaseExtensions
{
    public static async Task<T> ReadAsync<T>(
        this ILedgerDatabase database, Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        try
        {
            return await read(connection);
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    public static async Task<T> ChangeAsync<T>(
        this ILedgerDatabase database, Func<DbConnection, DbTransaction, Task<T>> change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await change(connection, transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    private static LedgerUnavailableException Unavailable(Exception exception) =>
        new($"The ledger cannot be used: {exception.Message}", exception);
}

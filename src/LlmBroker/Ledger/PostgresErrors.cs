using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>The one place that tells whose fault an error from Postgres is.</summary>
internal static class PostgresErrors
{
    private const string UniqueViolation = PostgresErrorCodes.UniqueViolation;

    /// <summary>
    /// Another transaction was in the way: asked again at once, it works. A unique violation is that of a claim which two processes met
    /// for the first time together, or of a fact that was there already: the next time that is taken for its own repeat.
    /// </summary>
    public static bool IsCollision(Exception exception) =>
        exception is ClaimChangedException or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or UniqueViolation };

    /// <summary>
    /// The rows cannot be written, today or tomorrow: data exceptions, broken constraints, limits of a row, faults inside the server.
    /// Everything else (connection, shutdown, resources, a missing table or right) is the database's state, and passes when someone mends it.
    /// </summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state[..2] is not ("21" or "22" or "23" or "54" or "XX"),
        NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => false,
    };

    public static LedgerUnavailableException Unavailable(Exception exception) =>
        new($"The ledger's Postgres cannot be used: {exception.Message}", exception);
}

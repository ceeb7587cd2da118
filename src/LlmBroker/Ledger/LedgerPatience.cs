namespace LlmBroker.Ledger;

/// <summary>For what a start needs of the ledger: it may go away at any moment, and a process that gives up then needs somebody to start it again.</summary>
internal static class LedgerPatience
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>Tries until the ledger is there.</summary>
    public static async Task<T> WhenThereAsync<T>(Func<Task<T>> read, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (LedgerUnavailableException)
            {
                // The ledger's writer warns of the outage, once.
                await Task.Delay(Retry, time, cancellationToken);
            }
        }
    }
}

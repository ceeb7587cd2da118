namespace LlmBroker.Ledger;

/// <summary>One database that holds the ledger. Every method is one transaction and safe to repeat after a lost connection.</summary>
internal interface ILedgerStore
{
    /// <summary>
    /// Carries out all operations in one transaction and gives each its result after the commit. No two operations of one call
    /// have the same <c>(Tenant, RequestId)</c>. Throws <see cref="LedgerUnavailableException"/> when the database cannot be reached.
    /// </summary>
    Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken);

    /// <summary>Keeps the claims of a worker for another lease.</summary>
    Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Lets the claims of a worker go at once, when it stops in good order.</summary>
    Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken);
}

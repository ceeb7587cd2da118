namespace LlmBroker.Ledger;

/// <summary>What a group commit reads and writes, in one transaction of one database. What it decides is <see cref="ClaimRules"/>.</summary>
internal interface ILedgerTransaction
{
    /// <summary>
    /// The claim as this process wrote it last, where <see cref="ClaimRules.WillWrite"/> says that the operation writes it again: that write
    /// holds only if nobody else wrote it since. Null: it is to be loaded.
    /// </summary>
    Claim? Recall(LedgerOperation operation);

    /// <summary>
    /// Inserts the newcomers that are not known, and returns the claims of all others and of <paramref name="keys"/> as far as they exist.
    /// They are what they were read as when they are written, or nothing is.
    /// A newcomer that is not returned was inserted.
    /// </summary>
    Task<Dictionary<ClaimKey, Claim>> LoadAsync(
        IReadOnlyList<Claim> newcomers, IReadOnlyList<ClaimKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Those of the workers whose lease is valid by the database's clock, as it stands after the claims were read: a lease that was renewed
    /// while this transaction waited for a lock counts.
    /// </summary>
    Task<HashSet<Guid>> LoadLiveWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken);

    /// <summary>The attempts of these requests, with their ends.</summary>
    Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken);

    /// <summary>The kept replies of these finished requests.</summary>
    Task<Dictionary<ClaimKey, byte[]>> LoadRepliesAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken);

    /// <summary>Keeps the leases of workers that just claimed something: they are alive, whatever their last renewal says.</summary>
    Task TouchWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken);

    Task WriteAsync(LedgerChanges changes, DateTimeOffset now, CancellationToken cancellationToken);
}

using LlmBroker.Ledger;

namespace LlmBroker.Tests.Ledger;

/// <summary>A ledger that remembers what was committed together, and fails as it is told.</summary>
internal sealed class RecordingStore : ILedgerStore
{
    private readonly List<LedgerOperation[]> commits = [];

    /// <summary>Called with the number of the commit, from 1, and what is in it; throws to refuse it.</summary>
    public Func<int, IReadOnlyList<LedgerOperation>, Task> OnCommit { get; set; } = (_, _) => Task.CompletedTask;

    public int Renewals { get; private set; }
    public bool IsLeaseEnded { get; private set; }

    public IReadOnlyList<LedgerOperation[]> Commits
    {
        get
        {
            lock (commits)
                return [.. commits];
        }
    }

    public async Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        int number;
        lock (commits)
        {
            commits.Add([.. operations]);
            number = commits.Count;
        }

        await OnCommit(number, operations);
        foreach (var accept in operations.OfType<AcceptOperation>())
            accept.Result = new AcceptResult(AcceptState.New);
    }

    public Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken)
    {
        Renewals++;
        return Task.CompletedTask;
    }

    public Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken)
    {
        IsLeaseEnded = true;
        return Task.CompletedTask;
    }
}

using System.Collections.Concurrent;
using LlmBroker.Ledger;

namespace LlmBroker.Tests.Inference;

/// <summary>A ledger that lets every attempt start, unless told otherwise, and remembers starts and ends in order.</summary>
internal sealed class PermissiveStore : ILedgerStore
{
    private int attempts;

    public ConcurrentQueue<AttemptStart> Starts { get; } = new();
    public ConcurrentQueue<AttemptEnd> Ends { get; } = new();

    /// <summary>What a start is answered with; null: started.</summary>
    public Func<AttemptStart, StartResult?> OnStart { get; set; } = _ => null;

    public Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case StartOperation start:
                    Starts.Enqueue(start.Start);
                    start.Result = OnStart(start.Start) ?? new StartResult(StartState.Started, Interlocked.Increment(ref attempts));
                    break;
                case EndOperation end:
                    Ends.Enqueue(end.End);
                    end.Result = true;
                    break;
                default:
                    throw new NotSupportedException($"A pipeline does not write a {operation.GetType().Name}.");
            }
        }

        return Task.CompletedTask;
    }

    public Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken) => Task.CompletedTask;
}

using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Feedback;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Savings;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>One migrated, empty database and everything that works on it.</summary>
internal sealed class LedgerUnderTest(ILedgerStore store, ILedgerDatabase database, LedgerMigrator migrator, TimeProvider time, Func<ValueTask> remove)
    : IAsyncDisposable
{
    public ILedgerStore Store { get; } = store;
    public ILedgerDatabase Database { get; } = database;
    public LedgerMigrator Migrator { get; } = migrator;
    public LedgerQueries Queries { get; } = new(database);
    public DecisionQueries Decisions { get; } = new(database);
    public CancellationStore Cancellations { get; } = new(database, time);
    public FeedbackStore Feedback { get; } = new(database, time);
    public SavingsQueries Savings { get; } = new(database);
    public LearningQueries Learning { get; } = new(database);
    public SweepStore Sweeps { get; } = new(database);
    public DeadLetterStore DeadLetters { get; } = new(database, time);
    public DeadLetterQueries DeadLetterQueries { get; } = new(database);
    public DuplicateQueries Duplicates { get; } = new(database);
    public TenantStore Tenants { get; } = new(database, time);
    public ConfigurationStore Configurations { get; } = new(database, time);

    public async Task<TResult> CommitAsync<TResult>(LedgerOperation<TResult> operation)
    {
        await Store.CommitAsync([operation], TestContext.Current.CancellationToken);
        return operation.Result!;
    }

    public async Task<Claim> ClaimAsync(RunKey key) =>
        Assert.Single(await Queries.GetStatusAsync(key.Tenant, key.RequestId, TestContext.Current.CancellationToken)).Claim;

    public ValueTask DisposeAsync() => remove();
}

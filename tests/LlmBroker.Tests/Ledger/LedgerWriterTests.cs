using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class LedgerWriterTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly RecordingStore store = new();
    private readonly LedgerWriter writer;

    public LedgerWriterTests()
    {
        var options = new LedgerOptions { CommitInterval = Interval, CommitSize = 3 };
        writer = new LedgerWriter(store, options, time, NullLogger<LedgerWriter>.Instance);
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await writer.StartAsync(CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await writer.StopAsync(CancellationToken.None);
        writer.Dispose();
    }

    [Fact]
    public async Task A_stop_right_after_the_start_leaves_nobody_waiting()
    {
        // Many at once, so that there is no thread at hand for the writers' loops when they are stopped.
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using var shortLived = new LedgerWriter(store, new LedgerOptions(), time, NullLogger<LedgerWriter>.Instance);
            await shortLived.StartAsync(CancellationToken);
            var accepted = AcceptAsync(shortLived, "a");
            await shortLived.StopAsync(CancellationToken);
            await accepted.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken);
        }));
    }

    [Fact]
    public async Task Operations_of_one_interval_are_committed_together()
    {
        Task[] accepted = [AcceptAsync("a"), AcceptAsync("b")];

        await FinishAsync(Task.WhenAll(accepted));

        Assert.Equal(2, Assert.Single(store.Commits).Length);
    }

    [Fact]
    public async Task A_full_commit_does_not_wait_for_the_interval()
    {
        // The clock stands still.
        await Task.WhenAll(AcceptAsync("a"), AcceptAsync("b"), AcceptAsync("c")).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken);

        Assert.Equal(3, Assert.Single(store.Commits).Length);
    }

    [Fact]
    public async Task A_commit_is_full_when_its_payload_is()
    {
        var body = new byte[10 * 1024 * 1024];
        Task[] accepted = [AcceptAsync("a", body: body), AcceptAsync("b", body: body), AcceptAsync("c", body: body)];

        await FinishAsync(Task.WhenAll(accepted));

        Assert.Equal([2, 1], store.Commits.Select(commit => commit.Length));
    }

    [Fact]
    public async Task Operations_of_one_request_are_committed_one_after_the_other_in_order()
    {
        Task[] accepted = [AcceptAsync("a", "1"), AcceptAsync("a", "2"), AcceptAsync("b", "3"), AcceptAsync("a", "4")];

        await FinishAsync(Task.WhenAll(accepted));

        Assert.All(store.Commits, commit => Assert.Equal(commit.Length, commit.Select(operation => operation.Key).Distinct().Count()));
        Assert.Equal(
            ["1", "2", "4"],
            store.Commits.SelectMany(commit => commit).Cast<AcceptOperation>()
                .Where(accept => accept.Key.RequestId == "a").Select(accept => accept.Acceptance.TraceId));
    }

    [Fact]
    public async Task What_queued_up_during_an_outage_waits_and_goes_when_it_is_over()
    {
        var isDown = true;
        store.OnCommit = (_, _) => isDown ? throw new LedgerUnavailableException("away", new IOException()) : Task.CompletedTask;
        var first = AcceptAsync("a");
        await AdvanceUntilAsync(() => !writer.IsAvailable);
        var second = AcceptAsync("b");

        Assert.NotNull(writer.UnavailableSince);
        isDown = false;
        await FinishAsync(Task.WhenAll(first, second));

        Assert.True(writer.IsAvailable);
    }

    [Fact]
    public async Task A_poisonous_operation_fails_alone()
    {
        store.OnCommit = (_, operations) =>
            operations.Any(operation => operation.Key.RequestId == "poison") ? throw new FormatException("bad row") : Task.CompletedTask;
        Task good = Task.WhenAll(AcceptAsync("a"), AcceptAsync("b"));
        var poisoned = AcceptAsync("poison");

        await FinishAsync(good);

        await Assert.ThrowsAsync<FormatException>(() => poisoned);
    }

    [Fact]
    public async Task Stop_during_an_outage_gives_up_in_time()
    {
        store.OnCommit = (_, _) => throw new LedgerUnavailableException("away", new IOException());
        var accepted = AcceptAsync("a");
        await AdvanceUntilAsync(() => !writer.IsAvailable);

        var stopped = writer.StopAsync(CancellationToken);
        await AdvanceUntilAsync(() => stopped.IsCompleted);

        await Assert.ThrowsAnyAsync<Exception>(() => accepted);
    }

    private Task FinishAsync(Task work) => AdvanceUntilAsync(() => work.IsCompleted);

    /// <summary>Lets the fake clock run until it is so; at most some real seconds.</summary>
    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            time.Advance(Interval / 4);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, deadline.Token);
        }
    }

    private Task<AcceptResult> AcceptAsync(string requestId, string? mark = null, byte[]? body = null) => AcceptAsync(writer, requestId, mark, body);

    private Task<AcceptResult> AcceptAsync(LedgerWriter to, string requestId, string? mark = null, byte[]? body = null) => to.AcceptAsync(
        new Acceptance
        {
            Key = new RunKey("acme", requestId, 1),
            BodyHash = [1],
            AcceptedAt = time.GetUtcNow(),
            Lane = "bulk",
            Operation = "chat",
            Deadline = time.GetUtcNow().AddHours(1),
            MessageBytes = 1,
            TraceId = mark,
            StoredBody = body,
        },
        CancellationToken);
}

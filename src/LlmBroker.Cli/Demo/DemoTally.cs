using LlmBroker.Contracts;
using LlmBroker.Models;

namespace LlmBroker.Cli.Demo;

/// <summary>Adds up the replies. Thread safe.</summary>
internal sealed class DemoTally(int total, Price large, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Task, string Model), Row> rows = [];
    private readonly TaskCompletionSource allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long startedAt = time.GetTimestamp();
    private int cheap;
    private decimal cost;

    /// <summary>Sums of one task on one model.</summary>
    public sealed record Row(int Requests, long InputTokens, long OutputTokens, decimal CostUsd, decimal CostOnLargeUsd);

    /// <summary>One moment of the run.</summary>
    public sealed record Snapshot(int Done, int Total, int Failed, double CheapShare, decimal CostUsd, double PerSecond, TimeSpan Elapsed)
    {
        public TimeSpan? Remaining => Done == 0 || PerSecond <= 0 ? null : TimeSpan.FromSeconds((Total - Done) / PerSecond);
    }

    public int Completed { get; private set; }

    /// <summary>Vendor calls beyond the first of each request, which no caller saw.</summary>
    public int RepeatCalls { get; private set; }

    public List<InferenceFailed> Failures { get; } = [];

    /// <summary>Ends when every request has its reply.</summary>
    public Task AllAnswered => allAnswered.Task;

    public void Add(InferenceCompleted reply)
    {
        lock (gate)
        {
            Completed++;
            RepeatCalls += reply.Attempts - 1;
            cost += reply.CostUsd ?? 0;
            if (reply.Route.Tier == "cheap")
                cheap++;

            var key = (reply.Route.Task ?? "unknown", reply.Route.Model);
            var row = rows.GetValueOrDefault(key) ?? new Row(0, 0, 0, 0, 0);
            rows[key] = new Row(
                row.Requests + 1,
                row.InputTokens + reply.Usage.InputTokens + reply.Usage.CacheReadTokens + reply.Usage.CacheWriteTokens,
                row.OutputTokens + reply.Usage.OutputTokens,
                row.CostUsd + (reply.CostUsd ?? 0),
                row.CostOnLargeUsd + large.CostOf(reply.Usage));
            CompleteWhenDone();
        }
    }

    public void Add(InferenceFailed reply)
    {
        lock (gate)
        {
            Failures.Add(reply);
            CompleteWhenDone();
        }
    }

    public Snapshot Now()
    {
        lock (gate)
        {
            var done = Completed + Failures.Count;
            var elapsed = time.GetElapsedTime(startedAt);
            return new Snapshot(done, total, Failures.Count, Completed == 0 ? 0 : (double)cheap / Completed, cost, done / elapsed.TotalSeconds, elapsed);
        }
    }

    public IReadOnlyList<(string Task, string Model, Row Sums)> Rows()
    {
        lock (gate)
            return [.. rows.OrderBy(row => row.Key).Select(row => (row.Key.Task, row.Key.Model, row.Value))];
    }

    private void CompleteWhenDone()
    {
        if (Completed + Failures.Count >= total)
            allAnswered.TrySetResult();
    }
}

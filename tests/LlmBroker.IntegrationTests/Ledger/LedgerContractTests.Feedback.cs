using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Feedback;
using LlmBroker.Ledger;

namespace LlmBroker.IntegrationTests.Ledger;

public abstract partial class LedgerContractTests
{
    [Fact]
    public async Task Feedback_is_stored_with_the_newest_run_and_a_message_that_comes_twice_once()
    {
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));
        var feedback = new SubmitFeedback { RequestId = key.RequestId, Verdict = "rejected", Score = 0.25, Comment = "half of it\0is missing" };

        Assert.Equal(FeedbackState.Stored, await AddFeedbackAsync("one", feedback));
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(FeedbackState.Repeated, await AddFeedbackAsync("one", feedback));
        Assert.Equal(FeedbackState.Stored, await AddFeedbackAsync("two", feedback with { Verdict = "accepted", Score = null, Source = "test", Comment = null, Run = 1 }));

        Assert.Equal(
            [(1, "test", "accepted", null, null), (1, "user", "rejected", 0.25, "half of it�is missing")],
            await ReadFeedbackAsync());
    }

    [Fact]
    public async Task Feedback_on_an_unknown_request_or_run_is_not_stored()
    {
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));

        Assert.Equal(FeedbackState.UnknownRequest, await AddFeedbackAsync("one", new SubmitFeedback { RequestId = "nope", Score = 1 }));
        Assert.Equal(FeedbackState.UnknownRun, await AddFeedbackAsync("two", new SubmitFeedback { RequestId = key.RequestId, Score = 1, Run = 2 }));
        Assert.Equal(FeedbackState.UnknownRequest, await Ledger.Feedback.AddAsync("other", "three", new SubmitFeedback { RequestId = key.RequestId, Score = 1 }, CancellationToken));

        Assert.Empty(await ReadFeedbackAsync());
    }

    [Fact]
    public async Task Feedback_on_a_request_whose_claim_was_pruned_finds_its_facts()
    {
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));
        await ExecuteAsync("DELETE FROM claims WHERE request_id = @RequestId", new { key.RequestId });

        Assert.Equal(FeedbackState.Stored, await AddFeedbackAsync("one", new SubmitFeedback { RequestId = key.RequestId, Score = 1 }));
    }

    private Task<FeedbackState> AddFeedbackAsync(string messageId, SubmitFeedback feedback) =>
        Ledger.Feedback.AddAsync(key.Tenant, messageId, feedback, CancellationToken);

    private Task<List<(int Run, string Source, string? Verdict, double? Score, string? Comment)>> ReadFeedbackAsync() => Ledger.Database.ReadAsync(
        async connection =>
        {
            await using var reader = await connection.ExecuteReaderAsync(
                "SELECT run, source, verdict, score, comment FROM feedback WHERE request_id = @RequestId ORDER BY source", new { key.RequestId });
            var rows = new List<(int, string, string?, double?, string?)>();
            while (await reader.ReadAsync(CancellationToken))
                rows.Add((reader.GetInt32(0), reader.GetString(1), reader.Text(2), reader.Value<double>(3), reader.Text(4)));
            return rows;
        },
        CancellationToken);

    private protected Task<int> ExecuteAsync(string sql, object? parameters = null) =>
        Ledger.Database.ReadAsync(connection => connection.ExecuteAsync(sql, parameters), CancellationToken);
}

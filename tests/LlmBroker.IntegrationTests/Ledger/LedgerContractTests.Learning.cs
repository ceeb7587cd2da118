using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.IntegrationTests.Ledger;

public abstract partial class LedgerContractTests
{
    [Fact]
    public async Task Features_are_kept_with_the_acceptance_and_come_back_with_the_labels()
    {
        var scratch = new PredictionScratch();
        scratch.Read(new ClassifierInput(null, "Translate into German: good morning", 1), new CueTaskClassifier());
        var judged = await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m, verdict: "rejected"), Call(0.01m));
        await ExecuteAsync("UPDATE requests SET gain = 0.25, arm = 'cheap' WHERE request_id = @RequestId", new { judged.RequestId });
        var said = await ChooseAsync("p", "large", 0.001m, 0.01m, Call(0.01m));
        await SayAsync(said, "user", "accepted", 1);
        await ChooseAsync("p", "cheap", 0.001m, 0.01m, Call(0.001m));
        await ExecuteAsync(
            "INSERT INTO payloads (tenant, request_id, run, kind, created_at, body) SELECT tenant, request_id, run, 3, accepted_at, @body FROM requests WHERE request_id = @RequestId",
            new { body = StoredFeatures.Encode(scratch), judged.RequestId });

        var examples = new List<LedgerExample>();
        await foreach (var example in Ledger.Learning.ReadAsync(Sample.Now.AddMinutes(-1), Sample.Now.AddDays(1), CancellationToken))
            examples.Add(example);

        Assert.Equal(2, examples.Count);
        var cheap = examples.Single(example => example.OfCheap);
        Assert.Equal((true, 0.25, "cheap", "translation", 0.001m, 0.01m), (cheap.Bad, cheap.Gain!.Value, cheap.Arm, cheap.Task, cheap.CheapUsd!.Value, cheap.LargeUsd!.Value));
        Assert.Equal(scratch.Body.ToArray().Order(), cheap.Features!.Body);
        var large = examples.Single(example => !example.OfCheap);
        Assert.Equal((false, null, null), (large.Bad, large.Arm, large.Features));
    }

    [Fact]
    public async Task Features_of_an_acceptance_are_stored_once()
    {
        var acceptance = Sample.Acceptance(key) with { Features = [1, 2, 3] };
        await Ledger.CommitAsync(new AcceptOperation(acceptance));
        await Ledger.CommitAsync(new AcceptOperation(acceptance with { AcceptedAt = Sample.Now.AddSeconds(1) }));

        Assert.Equal([1, 2, 3], await Ledger.Database.ReadAsync(
            async connection =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = $"SELECT body FROM payloads WHERE kind = 3 AND request_id = '{key.RequestId}'";
                await using var reader = await command.ExecuteReaderAsync(CancellationToken);
                Assert.True(await reader.ReadAsync(CancellationToken));
                var body = reader.GetFieldValue<byte[]>(0);
                Assert.False(await reader.ReadAsync(CancellationToken));
                return body;
            },
            CancellationToken));
    }
}

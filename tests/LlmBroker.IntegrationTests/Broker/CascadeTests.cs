using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Cheap first, a look at the answer, and the large model for what does not pass.</summary>
public sealed class CascadeTests(RealPartsFixture parts)
{
    private const string English = "Translate into Chinese: The council met on Monday and spent 1,250 dollars on the new bridge. [[{0}]]";
    private const string Chinese = "把下面的文字翻译成英文:市议会周一开会,为新桥花费了1250美元,镇上许多人多年来一直希望建造这座桥。[[{0}]]";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static string Configuration(string cascade) => $$"""
        {
          "models": {
            "m1": { "tier": "large", "maxOutputTokens": 100, "price": { "input": 10, "output": 100 } },
            "m2": { "tier": "large", "maxOutputTokens": 100, "price": { "input": 2, "output": 20 } }
          },
          "policies": { "auto": { "cheap": "m0", "large": "m1", "cascade": {{cascade}} } },
          "routing": { "defaultPolicy": "auto" }
        }
        """;

    private static async Task<BrokerUnderTest> StartAsync(RealPartsFixture parts, string cascade = "{}", bool start = true)
    {
        var broker = await BrokerUnderTest.StartAsync(parts, 3, Configuration(cascade), start);
        broker.Vendors.Configure(Model("m0", Fault(FaultKind.WrongNumber), Fault(FaultKind.Declined), Fault(FaultKind.CutShort), Fault(FaultKind.WrongLanguage)));
        broker.Vendors.Configure(Model("m1"));
        broker.Vendors.Configure(Model("m2", Fault(FaultKind.LowScore), Fault(FaultKind.ServerError), Fault(FaultKind.KeyRefused)));
        return broker;
    }

    private static SimulatedModel Model(string name, params SimulatedFault[] faults) =>
        new() { Name = name, Vendor = Vendor.OpenAi, Tokens = new() { OutputPerInputToken = 0.8, MinOutput = 24 }, Faults = faults };

    private static SimulatedFault Fault(FaultKind kind) => new() { Kind = kind, Marker = $"[[{MarkOf(kind)}]]" };

    /// <summary>A letter, so that the prompt does not speak of what is to go wrong.</summary>
    private static char MarkOf(FaultKind kind) => (char)('A' + (int)kind);

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public async Task An_answer_that_passes_is_the_answer(string prompt)
    {
        await using var broker = await StartAsync(parts);
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, prompt);
        var reply = await producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(("m0", 1), (ModelOf(reply), reply.Attempts));
        Assert.Equal("accepted", Assert.Single((await broker.StatusAsync(id)).Attempts).Verdict);
        Assert.Equal(reply.CostUsd, await OutcomeCostAsync(broker, id, "cheap_cost_usd"));
        Assert.Equal(reply.CostUsd * 10, await OutcomeCostAsync(broker, id, "large_cost_usd"));
    }

    [Theory]
    [InlineData(English, FaultKind.WrongNumber, "numbers: 1,250 is missing")]
    [InlineData(Chinese, FaultKind.WrongNumber, "numbers: 1250 is missing")]
    [InlineData(English, FaultKind.Declined, "refusal: the model declined")]
    [InlineData(Chinese, FaultKind.Declined, "refusal: the model declined")]
    [InlineData(English, FaultKind.CutShort, "truncation: the answer was cut at its limit")]
    [InlineData(English, FaultKind.WrongLanguage, "language: the answer has no word in 'zh'")]
    public async Task A_rejected_answer_goes_to_the_large_model(string prompt, FaultKind fault, string why)
    {
        await using var broker = await StartAsync(parts);
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, prompt, fault);
        var reply = await producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(("m1", 2), (ModelOf(reply), reply.Attempts));
        Assert.EndsWith($"; escalated from d0: {why}", RouteReason(reply), StringComparison.Ordinal);
        var attempts = (await broker.StatusAsync(id)).Attempts;
        Assert.Equal([("d0", "rejected"), ("d1", null)], attempts.Select(attempt => (attempt.Deployment, attempt.Verdict)));
        Assert.Equal(attempts.Sum(attempt => attempt.CostUsd), reply.CostUsd);
        Assert.Equal(attempts[0].CostUsd, await OutcomeCostAsync(broker, id, "cheap_cost_usd"));
        Assert.Equal(attempts[1].CostUsd, await OutcomeCostAsync(broker, id, "large_cost_usd"));
        Assert.Equal(why, await broker.ScalarAsync<string>($"SELECT verdict_reason FROM attempt_ends WHERE request_id = '{id}' AND verdict = 'rejected'"));
    }

    [Fact]
    public async Task At_most_once_does_not_forbid_to_ask_the_large_model()
    {
        await using var broker = await StartAsync(parts);
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, English, FaultKind.Declined, new { delivery = "at-most-once" });
        var reply = await producer.ReplyAsync(id);

        Assert.Equal(("m1", 2), (ModelOf(reply), reply.Attempts));
    }

    [Fact]
    public async Task A_judge_lets_pass_and_its_cost_is_the_requests()
    {
        await using var broker = await StartAsync(parts, """{ "judge": { "model": "m2" } }""");
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, English);
        var reply = await producer.ReplyAsync(id);

        Assert.Equal(("m0", 2), (ModelOf(reply), reply.Attempts));
        var attempts = (await broker.StatusAsync(id)).Attempts;
        Assert.Equal([(null, "accepted"), (AttemptPurpose.Judge, "accepted")], attempts.Select(attempt => (attempt.Purpose, attempt.Verdict)));
        Assert.Equal(attempts.Sum(attempt => attempt.CostUsd), reply.CostUsd);
        Assert.Equal(attempts[0].CostUsd, await OutcomeCostAsync(broker, id, "cheap_cost_usd"));
        Assert.Equal("judge: 8 of 10", await JudgeReasonAsync(broker, id));
    }

    [Fact]
    public async Task A_judge_that_rejects_sends_it_to_the_large_model()
    {
        await using var broker = await StartAsync(parts, """{ "judge": { "model": "m2" } }""");
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, English, FaultKind.LowScore);
        var reply = await producer.ReplyAsync(id);

        Assert.Equal(("m1", 3), (ModelOf(reply), reply.Attempts));
        Assert.EndsWith("; escalated from d0: judge: 2 of 10", RouteReason(reply), StringComparison.Ordinal);
        var attempts = (await broker.StatusAsync(id)).Attempts;
        Assert.Equal([("d0", "accepted"), ("d2", "rejected"), ("d1", null)], attempts.Select(attempt => (attempt.Deployment, attempt.Verdict)));
        Assert.Equal(attempts.Sum(attempt => attempt.CostUsd), reply.CostUsd);
        Assert.Equal(0, await broker.ScalarAsync<long>("SELECT count(*) FROM usage WHERE status IS NULL OR status = 3"));
    }

    [Theory]
    [InlineData(FaultKind.ServerError, null)]
    [InlineData(FaultKind.KeyRefused, "judge: no verdict, KeyRefused")]
    public async Task A_judge_that_fails_lets_pass(FaultKind fault, string? why)
    {
        await using var broker = await StartAsync(parts, """{ "judge": { "model": "m2" } }""");
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, English, fault);
        var reply = await producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal("m0", ModelOf(reply));
        Assert.Equal("accepted", (await broker.StatusAsync(id)).Attempts[0].Verdict);
        Assert.Equal(why, await JudgeReasonAsync(broker, id));
    }

    [Fact]
    public async Task A_share_of_none_is_never_judged()
    {
        await using var broker = await StartAsync(parts, """{ "judge": { "model": "m2", "share": 0 } }""");
        await using var producer = await broker.ProducerAsync();

        Assert.Equal(1, (await producer.ReplyAsync(await PublishAsync(producer, English, FaultKind.LowScore))).Attempts);
    }

    [Fact]
    public async Task What_the_cap_does_not_allow_is_answered_by_the_cheap_model_and_says_so()
    {
        await using var broker = await StartAsync(parts);
        await using var producer = await broker.ProducerAsync();

        var id = await PublishAsync(producer, English, FaultKind.WrongNumber, new { maxCostUsd = 0.0015 });
        var reply = await producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(("m0", 1), (ModelOf(reply), reply.Attempts));
        Assert.EndsWith(
            "; kept though numbers: 1,250 is missing: the large model may cost more than 'maxCostUsd' leaves", RouteReason(reply), StringComparison.Ordinal);
        Assert.Equal("rejected", Assert.Single((await broker.StatusAsync(id)).Attempts).Verdict);
    }

    [Fact]
    public async Task The_last_attempt_is_kept_too()
    {
        await using var broker = await BrokerUnderTest.StartAsync(
            parts, 3, Configuration("{}").Replace("\"routing\"", "\"limits\": { \"maxAttempts\": 1 }, \"routing\"", StringComparison.Ordinal));
        broker.Vendors.Configure(Model("m0", Fault(FaultKind.Declined)));
        await using var producer = await broker.ProducerAsync();

        var reply = await producer.ReplyAsync(await PublishAsync(producer, English, FaultKind.Declined));

        Assert.Equal(("m0", 1), (ModelOf(reply), reply.Attempts));
        Assert.EndsWith("no attempt is left for the large model", RouteReason(reply), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_dies_between_rejection_and_escalation_leaves_no_second_cheap_call()
    {
        await using var broker = await StartAsync(parts, start: false);
        await broker.AddHostAsync(BrokerRoles.Router);
        await using var producer = await broker.ProducerAsync();
        string id;
        using (var worker = WorkerProcess.Start(broker.Json, crashPoint: $"{CrashPoint.AfterRelease}:1"))
        {
            await Eventually.HoldsAsync(async _ => await producer.CountConsumersAsync("llm.work.d0.standard") > 0, "a worker", CancellationToken);
            id = await PublishAsync(producer, English, FaultKind.Declined);
            await worker.ExitedAsync(CancellationToken);
        }

        Assert.Equal(ClaimState.Waiting, (await broker.StatusAsync(id)).Claim.State);
        await broker.AddHostAsync(BrokerRoles.Worker);
        var reply = await producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(("m1", 2), (ModelOf(reply), reply.Attempts));
        Assert.EndsWith("; escalated from d0: refusal: the model declined", RouteReason(reply), StringComparison.Ordinal);
        Assert.Equal(2, broker.Vendors.Calls.Count);
    }

    /// <param name="fault">Unknown: none.</param>
    private static Task<string> PublishAsync(Producer producer, string prompt, FaultKind fault = FaultKind.Unknown, object? more = null) =>
        producer.PublishAsync(prompt: prompt.Replace("{0}", fault == FaultKind.Unknown ? "fine" : $"{MarkOf(fault)}", StringComparison.Ordinal), more: more);

    private static string? ModelOf(Reply reply) => reply.Body.GetProperty("route").GetProperty("model").GetString();

    private static string RouteReason(Reply reply) => reply.Body.GetProperty("route").GetProperty("reason").GetString()!;

    private static Task<decimal> OutcomeCostAsync(BrokerUnderTest broker, string id, string column) =>
        broker.ScalarAsync<decimal>($"SELECT {column} FROM outcomes WHERE request_id = '{id}'");

    private static Task<string?> JudgeReasonAsync(BrokerUnderTest broker, string id) => broker.ScalarAsync<string>(
        $"""
        SELECT e.verdict_reason FROM attempt_ends e JOIN attempts a ON a.attempt_id = e.attempt_id
        WHERE a.request_id = '{id}' AND a.purpose = 'judge' AND e.verdict IS NOT NULL
        """);
}

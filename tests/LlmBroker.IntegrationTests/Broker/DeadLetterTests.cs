using System.Text.Json;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Simulation.Models;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Redrives that reach workers and vendors.</summary>
public sealed class DeadLetterTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override int Models => 8;

    [Fact]
    public async Task Another_model_answers_what_the_first_one_could_not_and_the_cost_so_far_stays()
    {
        var broken = Broker.Model(new SimulatedFault { Kind = FaultKind.Reset, Next = 1 });
        var healthy = Broker.Model();
        var id = await Producer.PublishAsync(broken, more: new { delivery = "at-most-once" });
        var failed = await Producer.ReplyAsync(id);
        Assert.Equal("Ambiguous", failed.Reason);

        var report = await RedriveAsync(failed, new RedriveEdits { Model = healthy, Lane = "bulk" });

        Assert.Equal(1, report.Sent);
        var reply = await Producer.ReplyAsync(id);
        Assert.Equal((true, 2, 2), (reply.IsCompleted, reply.Run, reply.Attempts));
        Assert.Equal(healthy, reply.Body.GetProperty("route").GetProperty("model").GetString());
        Assert.True(failed.CostUsd > 0);
        Assert.True(reply.CostUsd > failed.CostUsd);
        var status = await Broker.StatusAsync(id);
        Assert.Equal((reply.CostUsd, "bulk"), (status.Claim.CostUsd, status.Claim.Lane));
        Assert.Equal(reply.CostUsd, status.Attempts.Sum(attempt => attempt.CostUsd));
    }

    [Fact]
    public async Task A_patched_body_reaches_the_vendor()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Next = 1 });
        var id = await Producer.PublishAsync(model, more: new { body = new { messages = new[] { new { role = "user", content = "Say hello" } }, max_tokens = 8 } });
        var failed = await Producer.ReplyAsync(id);

        await RedriveAsync(failed, new RedriveEdits { Patch = JsonElement.Parse("""{ "max_tokens": 3 }""") });

        var reply = await Producer.ReplyAsync(id);
        Assert.Equal((true, "length"), (reply.IsCompleted, reply.Body.GetProperty("finishReason").GetString()));
        Assert.Equal(3, reply.Body.GetProperty("usage").GetProperty("outputTokens").GetInt32());
    }

    [Fact]
    public async Task Two_operators_at_once_cost_one_call()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Next = 1 });
        var id = await Producer.PublishAsync(model);
        var failed = await Producer.ReplyAsync(id);

        var reports = await Task.WhenAll(RedriveAsync(failed, RedriveEdits.None), RedriveAsync(failed, RedriveEdits.None));

        Assert.InRange(reports.Sum(report => report.Sent), 1, 2);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        // What the second operator sent is answered from the record, with the same id, or dropped.
        var probe = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(probe)).IsCompleted);
        Assert.Equal(2, await Broker.CountCallsAsync(id));
    }

    [Fact]
    public async Task An_expired_redrive_is_answered_as_such_and_is_no_letter_again()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Next = 1 });
        var id = await Producer.PublishAsync(model);
        var failed = await Producer.ReplyAsync(id);

        await RedriveAsync(failed, new RedriveEdits { TimeToLive = TimeSpan.FromMilliseconds(1) });

        Assert.Equal(("Expired", 2), ((await Producer.ReplyAsync(id)) is var reply ? reply.Reason : null, reply.Run));
        Assert.Empty(await Broker.DeadLetters.ListAsync(new DeadLetterFilter { RequestId = id, State = DeadLetterState.Open }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_nobody_can_read_comes_back_after_a_redrive_and_is_open_again()
    {
        var id = await Producer.PublishRawAsync("garbage", "default.bulk");
        var failed = await Producer.ReplyAsync(id);

        await RedriveAsync(failed, RedriveEdits.None);

        Assert.Equal("Unreadable", (await Producer.ReplyAsync(id)).Reason);
        var letter = await Broker.DeadLetters.GetAsync(LetterOf(failed), TestContext.Current.CancellationToken);
        Assert.Equal((DeadLetterState.Open, 1), (letter!.State, letter.Redrives));
    }

    private Task<RedriveReport> RedriveAsync(Reply failed, RedriveEdits edits) =>
        Broker.Services.GetRequiredService<DeadLetterRedrive>().RunAsync(
            new RedriveRequest { Ids = [LetterOf(failed)], Edits = edits, By = "test" },
            Broker.Services.GetRequiredService<MessageSender>().SendRedrivenAsync,
            onStep: null,
            TestContext.Current.CancellationToken);

    private static Guid LetterOf(Reply failed) => failed.Body.GetProperty("deadLetterId").GetGuid();
}

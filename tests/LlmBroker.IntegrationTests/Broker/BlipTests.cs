using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Failure table, row 1: blips are retried in the pipeline and nobody sees them. And what a plain answer leaves behind.</summary>
public sealed class BlipTests(RealPartsFixture parts) : BrokerTests(parts)
{
    protected override int Models => 2;

    [Fact]
    public async Task An_answer_comes_back_with_its_route_usage_and_exact_cost_and_is_on_record()
    {
        var model = Broker.Model(name => new SimulatedModel { Name = name, Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });

        var id = await Producer.PublishAsync(model, prompt: "Translate into Spanish: good morning", more: new { metadata = new { order = 7 }, groupId = "g1" });
        var reply = await Producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(id, reply.Body.GetProperty("requestId").GetString());
        Assert.Equal(7, reply.Body.GetProperty("metadata").GetProperty("order").GetInt32());
        Assert.Equal("translation", reply.Body.GetProperty("route").GetProperty("task").GetString());
        Assert.Equal("stop", reply.Body.GetProperty("finishReason").GetString());
        var input = reply.Body.GetProperty("usage").GetProperty("inputTokens").GetInt64();
        Assert.Equal((input * 1m + 10 * 10m) / 1_000_000m, reply.CostUsd);
        var status = await Broker.StatusAsync(id);
        Assert.Equal(ClaimState.Finished, status.Claim.State);
        Assert.Equal(AttemptStatus.Succeeded, Assert.Single(status.Attempts).Status);
        Assert.Equal(reply.CostUsd, status.Claim.SpentUsd);
        Assert.Equal(1, await Broker.CountCallsAsync(id));
    }

    [Theory]
    [InlineData(FaultKind.RateLimited, false, "RateLimited")]
    [InlineData(FaultKind.ServerError, false, "ServerError")]
    [InlineData(FaultKind.Unavailable, false, "Overloaded")]
    [InlineData(FaultKind.Reset, true, "ConnectionLost")]
    [InlineData(FaultKind.CutBody, true, "ConnectionLost")]
    [InlineData(FaultKind.MalformedJson, true, "MalformedAnswer")]
    [InlineData(FaultKind.Hang, true, "Timeout")]
    public async Task A_blip_is_retried_with_a_row_per_try_and_nobody_sees_it(FaultKind kind, bool mayHaveRun, string error)
    {
        var model = Broker.Model(new SimulatedFault { Kind = kind, Next = 1, RetryAfterSeconds = kind == FaultKind.RateLimited ? 0.2 : null });

        var id = await Producer.PublishAsync(model);
        var reply = await Producer.ReplyAsync(id);

        Assert.True(reply.IsCompleted, reply.Body.ToString());
        Assert.Equal(2, reply.Attempts);
        var attempts = (await Broker.StatusAsync(id)).Attempts;
        Assert.Equal([mayHaveRun ? AttemptStatus.Ambiguous : AttemptStatus.Failed, AttemptStatus.Succeeded], attempts.Select(attempt => attempt.Status));
        Assert.Equal(error, attempts[0].Error);
        Assert.Equal(mayHaveRun ? attempts[0].EstimatedCostUsd : 0m, attempts[0].CostUsd);
        Assert.Equal(attempts.Sum(attempt => attempt.CostUsd), reply.CostUsd);
        Assert.Equal(2, await Broker.CountCallsAsync(id));
    }
}

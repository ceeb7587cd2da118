using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Inference;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class NextStepTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly LaneOptions Lane = new() { DefaultDeadline = TimeSpan.FromHours(1), Patience = TimeSpan.FromMinutes(2) };

    [Fact]
    public void A_request_waits_for_its_deployment_rather_than_burn_a_fallback() =>
        Assert.Equal("5s", WaitOf(Decide(fallbacks: ["other"])));

    [Theory]
    [InlineData(0, "5s")]
    [InlineData(1, "30s")]
    [InlineData(3, "2m")]
    [InlineData(6, "10m")]
    [InlineData(60, "10m")]
    public void Each_lap_waits_longer(int laps, string step) => Assert.Equal(step, WaitOf(Decide(laps: laps)));

    [Fact]
    public void The_vendors_Retry_After_is_waited_for() => Assert.Equal("2m", WaitOf(Decide(retryAfter: TimeSpan.FromSeconds(45))));

    [Fact]
    public void Past_its_patience_a_request_falls_back() =>
        Assert.Equal("other", Assert.IsType<NextStep.FallBack>(Decide(fallbacks: ["other", "third"], acceptedBefore: TimeSpan.FromSeconds(116))).Deployment);

    [Fact]
    public void A_Retry_After_beyond_its_patience_falls_back_at_once() =>
        Assert.IsType<NextStep.FallBack>(Decide(fallbacks: ["other"], retryAfter: TimeSpan.FromMinutes(3)));

    [Fact]
    public void Without_a_fallback_patience_does_not_matter() =>
        Assert.Equal("5s", WaitOf(Decide(acceptedBefore: TimeSpan.FromMinutes(30))));

    [Fact]
    public void A_deadline_that_no_wait_would_meet_ends_it() =>
        Assert.IsType<NextStep.GiveUp>(Decide(deadlineIn: TimeSpan.FromSeconds(4)));

    [Fact]
    public void A_deadline_that_no_wait_would_meet_still_allows_a_fallback() =>
        Assert.IsType<NextStep.FallBack>(Decide(fallbacks: ["other"], deadlineIn: TimeSpan.FromSeconds(4)));

    private static string WaitOf(NextStep step) => Assert.IsType<NextStep.Wait>(step).Step.Name;

    private static NextStep Decide(
        int laps = 0, string[]? fallbacks = null, TimeSpan? retryAfter = null, TimeSpan acceptedBefore = default, TimeSpan? deadlineIn = null) =>
        NextStep.Decide(
            new RunInference
            {
                Tenant = "t",
                RequestId = "r",
                Run = 1,
                Lane = "standard",
                Operation = "chat",
                Route = new Route { Deployment = "first", Model = "m", Reason = "", Fallbacks = fallbacks ?? [] },
                AcceptedAt = Now - acceptedBefore,
                Deadline = Now + (deadlineIn ?? TimeSpan.FromHours(1)),
                Body = JsonSerializer.SerializeToElement(new { }),
                Laps = laps,
            },
            fallbacks is [var first, ..] ? first : null,
            Lane,
            retryAfter,
            Now);
}

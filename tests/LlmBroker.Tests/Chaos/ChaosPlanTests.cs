using LlmBroker.Benchmarks.Chaos;
using Xunit;

namespace LlmBroker.Tests.Chaos;

public sealed class ChaosPlanTests
{
    [Fact]
    public void The_same_seed_gives_the_same_plan_and_another_seed_another()
    {
        Assert.Equal(ChaosPlan.Create(7, 30), ChaosPlan.Create(7, 30));
        Assert.NotEqual(ChaosPlan.Create(7, 30), ChaosPlan.Create(8, 30));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(30)]
    public void A_plan_has_as_many_kills_as_asked_for_of_every_kind_and_something_else_between_them(int kills)
    {
        var plan = ChaosPlan.Create(1, kills);

        Assert.Equal(kills, plan.Count(step => step.IsKill));
        Assert.Equal(6, plan.Where(step => step.IsKill).Select(step => step.Fault).Distinct().Count());
        Assert.Contains(plan, step => step.Fault == ChaosFault.DrainWorker);
        Assert.Contains(plan, step => step.Fault == ChaosFault.StopWorker);
    }

    [Fact]
    public void What_is_stopped_stands_still_for_longer_than_the_lease()
    {
        var stops = ChaosPlan.Create(3, 60).Where(step => step.Fault is ChaosFault.StopWorker or ChaosFault.StopPostgres or ChaosFault.StopWorkerAndKillRabbitMq);

        Assert.All(stops, step => Assert.True(step.Duration > TimeSpan.FromSeconds(3.5)));
    }
}

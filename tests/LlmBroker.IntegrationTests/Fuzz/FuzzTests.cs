using LlmBroker.IntegrationTests.Broker;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Fuzz;

/// <summary>Whatever is published, nothing is lost and nobody crashes.</summary>
public sealed class FuzzTests(RealPartsFixture parts)
{
    private const int Seed = 1;
    private const int Messages = 3000;

    [Fact]
    public void The_same_seed_makes_the_same_messages()
    {
        for (var number = 0; number < 500; number++)
        {
            var (one, other) = (new MessageMutator(Seed).Next(number), new MessageMutator(Seed).Next(number));

            Assert.Equal(one.Body, other.Body);
            Assert.Equal((one.Kind, one.Exchange, one.RoutingKey), (other.Kind, other.Exchange, other.RoutingKey));
            Assert.Equal(one.Properties.MessageId, other.Properties.MessageId);
        }
    }

    [Fact]
    public async Task Every_mutated_message_has_an_outcome_or_a_dead_letter_with_its_reason()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 1);
        broker.Vendors.Configure(new SimulatedModel { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 } });

        var report = await new FuzzRun(parts.RabbitMq, broker.Amqp, broker.ConnectionString, Seed)
            .RunAsync(Messages, TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);

        Assert.True(report.IsClean, $"{report} Lost: {string.Join("; ", report.Lost.Take(20))} Left: {string.Join(", ", report.Left)}");
        Assert.True(report is { Completed: > 300, Failed: > 100, DeadLettered: > 300 }, report.ToString());
    }
}

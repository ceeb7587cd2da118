using LlmBroker.IntegrationTests.Submit;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>The embedded mode, by way of the README's first command.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_answers_everything_and_redrives_its_dead_letter()
    {
        var (exitCode, output, errors) = await CommandProcess.RunAsync(
            new Uri("amqp://nowhere/"), TestContext.Current.CancellationToken, "demo");

        Assert.True(exitCode == 0, errors + output);
        Assert.Contains("258 of 259 completed", output, StringComparison.Ordinal);
        Assert.Contains("KeyRefused", output, StringComparison.Ordinal);
        Assert.Contains("redriven as run 2: completed", output, StringComparison.Ordinal);
        Assert.Contains("saved", output, StringComparison.Ordinal);
    }
}

using LlmBroker.Cli.Doctor;
using LlmBroker.Configuration;
using LlmBroker.Tests.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Cli.Doctor;

public sealed class ProviderCheckTests
{
    private static readonly SimulatedModel Gemini = new() { Name = "gemini-3-pro", Vendor = Vendor.Google };

    [Theory]
    [InlineData("openai", "v1/")]
    [InlineData("anthropic", "v1/")]
    [InlineData("gemini", "v1beta/")]
    public async Task A_key_is_tried_without_a_call_that_costs(string type, string path)
    {
        await using var sim = await RunningSim.StartAsync(new() { Models = [RunningSim.Gpt, RunningSim.Claude, Gemini] });

        var well = await CheckAsync(type, new Uri(sim.Sim.Address, path), "sim-key");
        var ill = await CheckAsync(type, new Uri(sim.Sim.Address, path), "wrong-0123456789abcdefghijklmnop");

        Assert.Equal((Severity.Ok, "the vendor answers and takes the credentials"), (well.Severity, well.Text));
        Assert.Equal(Severity.Fault, ill.Severity);
        Assert.DoesNotContain("0123456789abcdefghijklmnop", ill.Text, StringComparison.Ordinal);
        Assert.Empty(sim.Sim.Calls);
    }

    [Fact]
    public async Task A_host_that_lists_nothing_says_nothing_about_the_key()
    {
        await using var sim = await RunningSim.StartAsync();

        var finding = await CheckAsync("azure-openai", sim.Sim.Address, "sim-key");

        Assert.Equal(Severity.Ok, finding.Severity);
        Assert.Contains("the key was not tried", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_a_fault()
    {
        var sim = await RunningSim.StartAsync();
        await sim.DisposeAsync();

        Assert.Equal(Severity.Fault, (await CheckAsync("openai", new Uri(sim.Sim.Address, "v1/"), "sim-key")).Severity);
    }

    [Fact]
    public async Task A_plug_ins_account_is_at_least_reached()
    {
        await using var sim = await RunningSim.StartAsync();

        Assert.Equal(Severity.Ok, (await CheckAsync("of-a-plug-in", sim.Sim.Address, "sim-key")).Severity);
    }

    [Fact]
    public async Task An_account_that_cannot_be_made_says_what_is_missing()
    {
        var finding = await ProviderCheck.RunAsync("acme", new() { Type = "vertex" }, new SecretResolver(new Dictionary<string, string>()), TestContext.Current.CancellationToken);

        Assert.NotEqual(Severity.Ok, finding.Severity);
        Assert.Contains("google.project", finding.Text, StringComparison.Ordinal);
    }

    private static Task<Finding> CheckAsync(string type, Uri address, string key) => ProviderCheck.RunAsync(
        "acme",
        new() { Type = type, BaseUrl = address, ApiKey = new() { Env = "ACME_KEY" } },
        new SecretResolver(new Dictionary<string, string> { ["ACME_KEY"] = key }),
        TestContext.Current.CancellationToken);
}

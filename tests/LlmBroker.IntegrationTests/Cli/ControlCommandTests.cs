using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.IntegrationTests.Broker;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Cli;

/// <summary>Changing a running broker by what operators type.</summary>
public sealed class ControlCommandTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private LiveConfiguration Live => Broker.Services.GetRequiredService<LiveConfiguration>();

    [Fact]
    public async Task A_deployment_is_paused_and_resumed_and_the_history_says_by_whom_and_why()
    {
        var paused = await RunAsync("pause", "d0", "--lane", "bulk", "--by", "ann", "--reason", "vendor is ill");
        Assert.True(paused.ExitCode == 0, paused.Errors);
        Assert.Contains("every process follows within a second", paused.Output, StringComparison.Ordinal);
        await FollowsAsync(revision: 1);
        Assert.Equal("paused", Live.Options.Deployments["d0"].Lanes.Bulk);
        Assert.Contains("d0.bulk is paused", (await RunAsync("doctor")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("resume", "d0", "--by", "bob")).ExitCode);
        await FollowsAsync(revision: 2);
        Assert.Equal("open", Live.Options.Deployments["d0"].Lanes.Bulk);

        var history = (await JsonAsync("config", "history", "--json")).EnumerateArray().ToArray();
        Assert.Equal(["bob", "ann"], history.Select(change => change.GetProperty("changedBy").GetString()));
        Assert.Equal("vendor is ill", history[1].GetProperty("reason").GetString());
        Assert.Contains("nothing was changed", (await RunAsync("resume", "d0")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_is_set_shown_and_taken_back()
    {
        Assert.Equal(0, (await RunAsync("config", "set", "routing.defaultModel", "m1", "--by", "ann")).ExitCode);
        await FollowsAsync(revision: 1);

        var shown = await JsonAsync("config", "show", "--json");
        var change = Assert.Single(shown.GetProperty("overrides").EnumerateArray());
        Assert.Equal(
            ("routing.defaultModel", "m1", "m0"),
            (change.GetProperty("path").GetString(), change.GetProperty("value").GetString(), change.GetProperty("inFile").GetString()));
        Assert.Equal("\"m1\"", (await RunAsync("config", "show", "routing.defaultModel")).Output.Trim());
        await Eventually.HoldsAsync(
            async _ => (await JsonAsync("config", "show", "--json")).GetProperty("processes").EnumerateArray().Single().GetProperty("revision").GetInt64() == 1, "the process says so", CancellationToken);

        Assert.Equal(0, (await RunAsync("config", "unset", "routing.defaultModel")).ExitCode);
        await FollowsAsync(revision: 2);
        Assert.Equal("m0", Live.Options.Routing.DefaultModel);
    }

    [Fact]
    public async Task A_faulty_value_is_refused_with_all_its_faults_and_nothing_changes()
    {
        var refused = await RunAsync("config", "set", "deployments.d0", """{ "provider": "nobody", "model": "m0", "weight": -1 }""");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("there is no provider 'nobody'", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("deployments.d0.weight: -1 is out of range", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("[]", (await RunAsync("config", "history", "--json")).Output.Trim());
        Assert.Equal(0, (await RunAsync("config", "check")).ExitCode);
        Assert.Contains("there is no member 'wait'", (await RunAsync("config", "set", "deployments.d0.wait", "1")).Errors, StringComparison.Ordinal);
    }

    private Task FollowsAsync(long revision) =>
        Eventually.HoldsAsync(_ => Task.FromResult(Live.Current.Revision == revision), $"revision {revision}", TimeSpan.FromSeconds(5), CancellationToken);

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (_, output, errors) = await RunAsync(arguments);
        Assert.False(string.IsNullOrWhiteSpace(output), errors);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            // A simulated key, so it may stand in a file of its own.
            var key = file + ".key";
            await File.WriteAllTextAsync(key, "sim-key", CancellationToken);
            await File.WriteAllTextAsync(file, Broker.Json.Replace("\"env\":\"SIM_KEY\"", $"\"file\":\"{key}\"", StringComparison.Ordinal), CancellationToken);
            return await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, [.. arguments, "--config", file]);
        }
        finally
        {
            File.Delete(file + ".key");
            File.Delete(file);
        }
    }
}

using System.Text.Json;
using LlmBroker.IntegrationTests.Broker;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using LlmBroker.Simulation.Models;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.IntegrationTests.Cli;

/// <summary>What operators type, as processes against a running broker.</summary>
public sealed class OperatorCommandTests(RealPartsFixture parts) : BrokerTests(parts)
{
    [Fact]
    public async Task A_dead_letter_is_listed_shown_redriven_and_then_taken()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Next = 1 });
        var id = await Producer.PublishAsync(model);
        Assert.Equal("KeyRefused", (await Producer.ReplyAsync(id)).Reason);

        var letter = Assert.Single((await JsonAsync("dead-letters", "list", "--json")).EnumerateArray());
        var letterId = letter.GetProperty("id").GetString()!;
        Assert.Equal("KeyRefused", (await JsonAsync("dead-letters", "show", letterId)).GetProperty("reason").GetString());
        Assert.Equal("Failed", (await JsonAsync("status", id, "--json")).GetProperty("calls")[0].GetProperty("status").GetString());

        var redriven = await RunAsync("dead-letters", "redrive", letterId);
        Assert.True(redriven.ExitCode == 0, redriven.Errors);
        Assert.Contains("sent as run 2", redriven.Output, StringComparison.Ordinal);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        var again = await RunAsync("dead-letters", "redrive", letterId);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("a worker has taken that run", again.Output, StringComparison.Ordinal);
        Assert.Equal("stop", (await JsonAsync("result", id)).GetProperty("finishReason").GetString());
        var total = (await JsonAsync("usage", "--by", "deployment", "--json")).GetProperty("total");
        Assert.Equal((1, 2), (total.GetProperty("requests").GetInt32(), total.GetProperty("attempts").GetInt32()));
    }

    [Fact]
    public async Task Doctor_is_content_with_a_running_broker_and_names_what_is_wrong_with_a_broken_one()
    {
        Broker.Model();
        Broker.Model(name => new SimulatedModel { Name = name, Vendor = Vendor.Anthropic });
        var well = await RunAsync("doctor");
        Assert.True(well.ExitCode == 0, well.Output + well.Errors);

        var json = Broker.Json.Replace($":{Broker.Amqp.Port}/", ":1/", StringComparison.Ordinal);
        var ill = await RunWithAsync(json, "doctor");
        Assert.Equal(1, ill.ExitCode);
        Assert.Contains("rabbitMq.uri", ill.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenants_user_may_publish_under_its_own_keys_and_nothing_else()
    {
        var json = Broker.Json.Replace("\"rabbitMq\":{", $"\"rabbitMq\":{{\"managementUri\":\"{Parts.RabbitMq.ManagementUri}\",", StringComparison.Ordinal);
        var name = $"acme-{Guid.NewGuid():N}"[..20];
        var added = await RunWithAsync(json, "tenants", "add", name);
        Assert.True(added.ExitCode == 0, added.Errors);
        var password = added.Output.Split("password ")[1].Split(' ')[0];

        await using var connection = await new ConnectionFactory
        {
            Uri = new UriBuilder(Broker.Amqp) { UserName = name, Password = password }.Uri,
        }.CreateConnectionAsync(CancellationToken);
        await MayAsync(connection, channel => channel.QueueDeclareAsync($"reply.{name}.inbox", durable: false, exclusive: true, autoDelete: true, cancellationToken: CancellationToken));
        await MayAsync(connection, channel => PublishAsync(channel, $"{name}.bulk"));
        await MayNotAsync(connection, channel => PublishAsync(channel, "other.bulk"));
        await MayNotAsync(connection, channel => channel.BasicGetAsync("llm.work.d0.bulk", autoAck: true, CancellationToken));
        await MayNotAsync(connection, channel => channel.QueueDeclareAsync("reply.other.inbox", cancellationToken: CancellationToken));
        Assert.Contains(name, (await RunAsync("tenants", "list")).Output, StringComparison.Ordinal);
    }

    private static Task PublishAsync(IChannel channel, string key) =>
        channel.BasicPublishAsync("llm.requests", key, mandatory: false, new BasicProperties(), "{}"u8.ToArray(), CancellationToken).AsTask();

    private static async Task MayAsync(IConnection connection, Func<IChannel, Task> act)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), CancellationToken);
        await act(channel);
    }

    private static async Task MayNotAsync(IConnection connection, Func<IChannel, Task> act)
    {
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), CancellationToken);
        var exception = await Assert.ThrowsAnyAsync<RabbitMQClientException>(() => act(channel));
        Assert.Contains("ACCESS_REFUSED", exception.ToString(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (_, output, errors) = await RunAsync(arguments);
        Assert.False(string.IsNullOrWhiteSpace(output), errors);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) => RunWithAsync(Broker.Json, arguments);

    private static async Task<(int ExitCode, string Output, string Errors)> RunWithAsync(string json, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            // A simulated key, so it may stand in a file of its own.
            var key = file + ".key";
            await File.WriteAllTextAsync(key, "sim-key", CancellationToken);
            await File.WriteAllTextAsync(file, json.Replace("\"env\":\"SIM_KEY\"", $"\"file\":\"{key}\"", StringComparison.Ordinal), CancellationToken);
            var uri = JsonSerializer.Deserialize<JsonElement>(json).GetProperty("rabbitMq").GetProperty("uri").GetString()!;
            return await CommandProcess.RunAsync(new Uri(uri), CancellationToken, [.. arguments, "--config", file]);
        }
        finally
        {
            File.Delete(file + ".key");
            File.Delete(file);
        }
    }
}

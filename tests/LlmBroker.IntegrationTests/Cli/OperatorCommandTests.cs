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
        Assert.Equal("KeyRefused", (await JsonAsync("dead-letters", "show", letterId)).GetProperty("letter").GetProperty("reason").GetString());
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
    public async Task Dead_letters_are_grouped_previewed_edited_and_discarded_by_filter()
    {
        var broken = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Probability = 1 });
        var healthy = Broker.Model();
        var ids = new[] { await Producer.PublishAsync(broken), await Producer.PublishAsync(broken, lane: "bulk") };
        foreach (var id in ids)
            Assert.Equal("KeyRefused", (await Producer.ReplyAsync(id)).Reason);

        var group = Assert.Single((await JsonAsync("dead-letters", "groups", "--json")).EnumerateArray());
        Assert.Equal(("KeyRefused", 2), (group.GetProperty("reason").GetString(), group.GetProperty("count").GetInt32()));
        Assert.Equal(ids[1], Assert.Single((await JsonAsync("dead-letters", "list", "--lane", "bulk", "--json")).EnumerateArray()).GetProperty("requestId").GetString());

        var wrong = await RunAsync("dead-letters", "redrive", "--all", "--model", "m99", "--lane", "slow");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("Model 'm99' has no deployment", wrong.Errors, StringComparison.Ordinal);
        Assert.Contains("Lane 'slow' is unknown", wrong.Errors, StringComparison.Ordinal);
        var preview = await RunAsync("dead-letters", "redrive", "--all", "--from-lane", "standard", "--model", healthy, "--dry-run");
        Assert.StartsWith("Would send 1, for up to 0.00", preview.Output, StringComparison.Ordinal);

        var redriven = await RunAsync("dead-letters", "redrive", "--all", "--from-lane", "standard", "--model", healthy, "--patch", """{"max_tokens":3}""", "--by", "eve");
        Assert.True(redriven.ExitCode == 0, redriven.Errors);
        Assert.Contains("Sent 1, left 0.", redriven.Output, StringComparison.Ordinal);
        Assert.True((await Producer.ReplyAsync(ids[0])).IsCompleted);
        var letter = Assert.Single((await JsonAsync("dead-letters", "list", "--state", "redriven", "--json")).EnumerateArray()).GetProperty("id").GetString()!;
        var action = Assert.Single((await JsonAsync("dead-letters", "show", letter)).GetProperty("history").EnumerateArray());
        Assert.Equal(("eve", healthy), (action.GetProperty("by").GetString(), action.GetProperty("edits").GetProperty("model").GetString()));
        Assert.Equal(JsonValueKind.Null, action.GetProperty("edits").GetProperty("patch").ValueKind);

        Assert.Contains("No dead letter matches.", (await RunAsync("dead-letters", "redrive", "--all", "--tenant", "nobody")).Output, StringComparison.Ordinal);
        Assert.Contains("Discarded 1.", (await RunAsync("dead-letters", "discard", "--all", "--reason", "KeyRefused", "--note", "test")).Output, StringComparison.Ordinal);
        Assert.Contains("No dead letters.", (await RunAsync("dead-letters", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_reply_is_sent_again_under_its_own_id()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.KeyRefused, Next = 1 });
        var id = await Producer.PublishAsync(model);
        var first = await Producer.ReplyAsync(id);
        await RunAsync("dead-letters", "redrive", first.Body.GetProperty("deadLetterId").GetString()!);
        var second = await Producer.ReplyAsync(id);

        Assert.Equal(0, (await RunAsync("result", id, "--resend")).ExitCode);
        Assert.Equal(second.MessageId, (await Producer.ReplyAsync(id)).MessageId);
        Assert.Equal(0, (await RunAsync("result", id, "--run", "1", "--resend")).ExitCode);
        var again = await Producer.ReplyAsync(id);
        Assert.Equal((first.MessageId, "InferenceFailed", first.Body.GetRawText()), (again.MessageId, again.Type, again.Body.GetRawText()));

        var other = $"reply.default.{Guid.NewGuid():N}";
        await Producer.Channel.QueueDeclareAsync(other, durable: false, exclusive: true, autoDelete: true, cancellationToken: CancellationToken);
        await Producer.ListenAsync(other);
        Assert.Equal(0, (await RunAsync("result", id, "--resend", "--to", other)).ExitCode);
        Assert.Equal((other, second.MessageId), ((await Producer.ReplyAsync(id)) is var elsewhere ? elsewhere.Queue : "", elsewhere.MessageId));

        var gone = await RunAsync("result", id, "--resend", "--to", "reply.default.gone");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("that queue is gone", gone.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("result", id, "--resend", "--to", "llm.work.d0.bulk")).ExitCode);
        Assert.Contains("has no run 9; its newest is 2", (await RunAsync("result", id, "--run", "9")).Errors, StringComparison.Ordinal);
        Assert.Equal("KeyRefused", (await JsonAsync("result", id, "--run", "1")).GetProperty("reason").GetString());

        await Broker.ScalarAsync<object>("DELETE FROM payloads");
        Assert.Contains("its reply is no longer kept", (await RunAsync("result", id)).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplicates_tell_what_was_ambiguous_and_repeated()
    {
        var model = Broker.Model(new SimulatedFault { Kind = FaultKind.Reset, Next = 1 });
        var id = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);

        var row = Assert.Single((await JsonAsync("duplicates", "--by", "model", "--json")).GetProperty("rows").EnumerateArray());

        Assert.Equal((model, 1, 1), (row.GetProperty("name").GetString(), row.GetProperty("ambiguousCalls").GetInt32(), row.GetProperty("repeatCalls").GetInt32()));
        Assert.True(row.GetProperty("estimatedUsd").GetDecimal() > 0);
        Assert.True(row.GetProperty("repeatUsd").GetDecimal() > 0);
        Assert.Contains("ambiguous", (await RunAsync("duplicates", "--since", "1h")).Output, StringComparison.Ordinal);
        Assert.Contains("No call was ambiguous", (await RunAsync("duplicates", "--until", "1h")).Output, StringComparison.Ordinal);
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
        var name = $"acme-{Guid.NewGuid():N}"[..20];
        var added = await RunWithAsync(WithManagement(), "tenants", "add", name);
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

    [Fact]
    public async Task A_user_that_is_added_again_keeps_its_password_and_gets_the_permissions()
    {
        var json = WithManagement();
        var name = $"acme-{Guid.NewGuid():N}"[..20];
        var password = (await RunWithAsync(json, "tenants", "add", name)).Output.Split("password ")[1].Split(' ')[0];
        await Parts.RabbitMq.AddUserAsync(name, password, Broker.Amqp.AbsolutePath[1..], new RabbitMqPermissions("^$", "^$", "^$"), CancellationToken);

        var again = await RunWithAsync(json, "tenants", "add", name);

        Assert.True(again.ExitCode == 0, again.Errors);
        Assert.Contains("its password stays", again.Output, StringComparison.Ordinal);
        await using var connection = await new ConnectionFactory
        {
            Uri = new UriBuilder(Broker.Amqp) { UserName = name, Password = password }.Uri,
        }.CreateConnectionAsync(CancellationToken);
        await MayAsync(connection, channel => PublishAsync(channel, $"{name}.bulk"));
    }

    [Fact]
    public async Task The_brokers_own_user_can_be_a_tenants_and_the_broker_works_on()
    {
        var model = Broker.Model();

        var added = await RunWithAsync(WithManagement(), "tenants", "add", "default", "--user", Parts.RabbitMq.User);

        Assert.True(added.ExitCode == 0, added.Errors);
        await using var connection = await new ConnectionFactory { Uri = Broker.Amqp }.CreateConnectionAsync(CancellationToken);
        await MayAsync(connection, channel => channel.QueueDeclarePassiveAsync("llm.dead-letter", CancellationToken));
        Assert.True((await Producer.ReplyAsync(await Producer.PublishAsync(model))).IsCompleted);
        Assert.Equal("default", Assert.Single((await JsonAsync("tenants", "list", "--json")).EnumerateArray()).GetProperty("tenant").GetString());
    }

    private string WithManagement() =>
        Broker.Json.Replace("\"rabbitMq\":{", $"\"rabbitMq\":{{\"managementUri\":\"{Parts.RabbitMq.ManagementUri}\",", StringComparison.Ordinal);

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

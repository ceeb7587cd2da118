using System.Text.Json;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>What a tenant that wants its delivered replies dropped finds afterwards, and what is left when everything was pruned.</summary>
public sealed class DataLifeTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private static readonly string LongPrompt = new('x', 5000);

    protected override string Change => """
        { "limits": { "inlineBodyBytes": 4096 }, "tenants": { "default": { "retention": { "dropDelivered": true } } } }
        """;

    [Fact]
    public async Task A_delivered_reply_is_dropped_with_the_stored_body_and_a_duplicate_is_told_so()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model, prompt: LongPrompt);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        await IsEmptyAsync();

        await Producer.PublishAsync(model, prompt: LongPrompt, requestId: id);

        var second = await Producer.ReplyAsync(id);
        Assert.Equal("ReplyExpired", second.Reason);
        Assert.Contains("was delivered, and then dropped", second.Message, StringComparison.Ordinal);
        Assert.Single(Broker.Vendors.Calls);
        var result = await RunAsync("result", id);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("was delivered, and then dropped", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_dropped_as_well()
    {
        Assert.Equal("UnknownModel", (await Producer.ReplyAsync(await Producer.PublishAsync("nope"))).Reason);
        await IsEmptyAsync();
    }

    [Fact]
    public async Task A_reply_that_came_back_stays_though_a_duplicate_has_it()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model, set: properties => properties.ReplyTo = "reply.default.gone");
        await Eventually.HoldsAsync(async _ => await Broker.Ledger.GetReplyAsync("default", id, CancellationToken) is { Reply: not null }, "settled", CancellationToken);

        // Any later request of this tenant is sent on after the reply came back.
        Assert.True((await Producer.ReplyAsync(await Producer.PublishAsync(model))).IsCompleted);
        Assert.NotNull((await Broker.Ledger.GetReplyAsync("default", id, CancellationToken))!.Reply);
        await Producer.PublishAsync(model, requestId: id);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        // What the duplicate's reply leads to in the ledger is written before that of a request after it.
        var last = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(last)).IsCompleted);
        await Eventually.HoldsAsync(async _ => (await Broker.Ledger.GetReplyAsync("default", last, CancellationToken))!.Reply is null, "dropped", CancellationToken);
        Assert.NotNull((await Broker.Ledger.GetReplyAsync("default", id, CancellationToken))!.Reply);
        Assert.Equal(3, Broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task Direct_reply_to_confirms_nothing_so_its_reply_stays()
    {
        await Producer.ListenAsync("amq.rabbitmq.reply-to");
        var direct = await Producer.PublishAsync(Broker.Model(), set: properties => properties.ReplyTo = "amq.rabbitmq.reply-to");
        Assert.True((await Producer.ReplyAsync(direct)).IsCompleted);

        var other = await Producer.PublishAsync(Broker.Model());
        Assert.True((await Producer.ReplyAsync(other)).IsCompleted);
        await Eventually.HoldsAsync(async _ => (await Broker.Ledger.GetReplyAsync("default", other, CancellationToken))!.Reply is null, "dropped", CancellationToken);

        Assert.NotNull((await Broker.Ledger.GetReplyAsync("default", direct, CancellationToken))!.Reply);
    }

    [Fact]
    public async Task A_duplicate_after_its_claim_was_pruned_is_called_again()
    {
        var model = Broker.Model();
        var id = await Producer.PublishAsync(model);
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        await Broker.ScalarAsync<long>("UPDATE claims SET accepted_at = accepted_at - interval '31 days', finished_at = finished_at - interval '31 days'");
        await Broker.Services.GetRequiredService<RetentionStore>().ApplyAsync(CancellationToken);

        await Producer.PublishAsync(model, prompt: "Another body altogether", requestId: id);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        Assert.Equal(2, Broker.Vendors.Calls.Count);
    }

    [Fact]
    public async Task An_operator_sees_what_is_too_old_and_drops_it_by_hand()
    {
        await Broker.ScalarAsync<long>("INSERT INTO payloads VALUES ('default', 'r', 1, 1, now() - interval '9 days', 'x')");

        var shown = Payloads(await RunAsync("retention", "show", "--json"));
        var applied = Payloads(await RunAsync("retention", "apply", "--json"));

        Assert.Equal(("7d", 1), (shown.GetProperty("keptFor").GetString(), shown.GetProperty("rows").GetInt32()));
        Assert.Equal(1, applied.GetProperty("rows").GetInt32());
        Assert.Equal(0, Payloads(await RunAsync("retention", "show", "--json")).GetProperty("rows").GetInt32());
        Assert.Contains("dead letters", (await RunAsync("retention", "show")).Output, StringComparison.Ordinal);

        static JsonElement Payloads((int ExitCode, string Output, string Errors) command)
        {
            Assert.True(command.ExitCode == 0, command.Errors);
            return JsonSerializer.Deserialize<JsonElement>(command.Output).EnumerateArray().Single(result => result.GetProperty("name").GetString() == "payloads");
        }
    }

    [Fact]
    public async Task A_process_drops_what_is_too_old_when_it_starts()
    {
        await Broker.ScalarAsync<long>("INSERT INTO payloads VALUES ('default', 'r', 1, 1, now() - interval '9 days', 'x')");

        await Broker.AddHostAsync(BrokerRoles.Router);

        await IsEmptyAsync();
    }

    private Task IsEmptyAsync() => Eventually.HoldsAsync(
        async _ => await Broker.ScalarAsync<long>("SELECT count(*) FROM payloads") == 0, "no payload is left", CancellationToken);

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Broker.Json, CancellationToken);
            return await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, [.. arguments, "--config", file]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

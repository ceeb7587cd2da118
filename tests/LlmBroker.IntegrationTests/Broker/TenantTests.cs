using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>With more than one tenant, RabbitMQ's word for who published decides.</summary>
public sealed class TenantTests(RealPartsFixture parts) : BrokerTests(parts)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Assert.Equal("m0", Broker.Model());
        var tenants = Broker.Services.GetRequiredService<TenantStore>();
        await tenants.AddAsync(Parts.RabbitMq.User, "default", "reply.default.", CancellationToken);
        await tenants.AddAsync("other-app", "other", "reply.other.", CancellationToken);
        await Broker.Services.GetRequiredService<TenantDirectory>().ReloadAsync(CancellationToken);
    }

    [Fact]
    public async Task A_message_with_its_user_id_is_served()
    {
        var id = await Producer.PublishAsync("m0", set: properties => properties.UserId = Parts.RabbitMq.User);

        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
    }

    [Fact]
    public async Task A_message_without_user_id_is_refused_and_told_why()
    {
        var reply = await Producer.ReplyAsync(await Producer.PublishAsync("m0"));

        Assert.Equal("UnknownTenant", reply.Reason);
        Assert.Contains("user_id", reply.Message, StringComparison.Ordinal);
        Assert.Empty(Broker.Vendors.Calls);
    }

    [Fact]
    public async Task A_key_of_another_tenant_is_refused()
    {
        var id = await Producer.PublishRawAsync(
            """{ "body": { "messages": [{ "role": "user", "content": "Hi" }] } }""", "other.standard", set: properties => properties.UserId = Parts.RabbitMq.User);

        await Eventually.HoldsAsync(
            async _ => await Broker.ScalarAsync<string>($"SELECT failure FROM outcomes WHERE request_id = '{id}'") == "UnknownTenant", "recorded", CancellationToken);
        Assert.Empty(Broker.Vendors.Calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("llm.work/d0.standard")]
    public async Task A_run_under_another_tenants_name_is_kept_as_unreadable_and_touches_nothing_of_that_tenants(string? claimedSource)
    {
        var forged = $$"""
            {
              "tenant": "other", "requestId": "order-1", "run": 1, "lane": "standard", "operation": "chat", "acceptedAt": "2026-01-01T00:00:00Z",
              "deadline": "2126-01-01T00:00:00Z", "route": { "deployment": "d0", "model": "m0", "reason": "" },
              "replyTo": { "queue": "{{Producer.ReplyQueue}}" }, "body": { "messages": [{ "role": "user", "content": "Hi" }] }, "model": 5
            }
            """;

        var id = await Producer.PublishRawAsync(forged, "default.standard", set: properties =>
        {
            properties.UserId = Parts.RabbitMq.User;
            properties.Headers = claimedSource is null ? null : new Dictionary<string, object?> { ["llm-dead-source"] = claimedSource, ["llm-dead-reason"] = "Internal" };
        });

        Assert.Equal("Unreadable", (await Producer.ReplyAsync(id)).Reason);
        Assert.Equal("default", await Broker.ScalarAsync<string>($"SELECT tenant FROM dead_letters WHERE request_id = '{id}'"));
        Assert.Equal(0, await Broker.ScalarAsync<long>("SELECT count(*) FROM claims WHERE tenant = 'other'"));
    }

    [Fact]
    public async Task A_reply_queue_of_another_tenant_gets_nothing()
    {
        await Producer.Channel.QueueDeclareAsync("reply.other.inbox", durable: false, exclusive: true, autoDelete: true, cancellationToken: CancellationToken);

        var id = await Producer.PublishAsync("m0", set: properties =>
        {
            properties.UserId = Parts.RabbitMq.User;
            properties.ReplyTo = "reply.other.inbox";
        });

        await Eventually.HoldsAsync(
            async _ => await Broker.ScalarAsync<string>($"SELECT failure FROM outcomes WHERE request_id = '{id}'") == "ForeignReplyQueue", "recorded", CancellationToken);
        Assert.Null(await Producer.Channel.BasicGetAsync("reply.other.inbox", autoAck: true, CancellationToken));
    }
}

using System.Text.Json;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>What a caller sees of the vendors behind a policy: nothing.</summary>
public sealed class VendorTests(RealPartsFixture parts)
{
    private const string AllVendors = """
        {
          "providers": {
            "azure": { "type": "azure-openai", "baseUrl": "{vendors}", "apiKey": { "env": "SIM_KEY" } },
            "bedrock": { "type": "bedrock", "baseUrl": "{vendors}", "apiKey": { "env": "SIM_KEY" }, "aws": { "region": "eu-central-1" } },
            "gemini": { "type": "gemini", "baseUrl": "{vendors}v1beta/", "apiKey": { "env": "SIM_KEY" } },
            "huggingface": { "type": "huggingface", "baseUrl": "{vendors}huggingface/", "apiKey": { "env": "SIM_KEY" } }
          },
          "deployments": {
            "d1": { "api": "responses" },
            "d2": { "provider": "azure" },
            "d3": { "provider": "anthropic" },
            "d4": { "provider": "bedrock", "vendorModel": "eu.amazon.nova-pro-v1:0" },
            "d5": { "provider": "gemini" },
            "d6": { "provider": "huggingface" }
          }
        }
        """;

    private static readonly Vendor[] Vendors =
        [Vendor.OpenAi, Vendor.OpenAi, Vendor.Azure, Vendor.Anthropic, Vendor.Bedrock, Vendor.Google, Vendor.HuggingFace];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_policy_gives_the_same_reply_whichever_vendor_answers()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, Vendors.Length, AllVendors, start: false);
        for (var i = 0; i < Vendors.Length; i++)
            broker.Vendors.Configure(new SimulatedModel { Name = i == 4 ? "eu.amazon.nova-pro-v1:0" : $"m{i}", Vendor = Vendors[i], Tokens = new() { Output = 20 } });
        await broker.AddHostAsync(BrokerRoles.All);
        await using var producer = await broker.ProducerAsync();

        var replies = new List<Reply>();
        for (var i = 0; i < Vendors.Length; i++)
        {
            await broker.EditAsync(new Control.ConfigurationEdit("policies.auto", $$"""{ "cheap": "m{{i}}", "large": "m{{i}}" }"""));
            await Eventually.HoldsAsync(
                async _ =>
                {
                    var reply = await producer.ReplyAsync(await producer.PublishAsync(prompt: "Translate into Spanish: good morning", more: new { policy = "auto" }));
                    if (reply.Body.TryGetProperty("route", out var route) && route.GetProperty("deployment").GetString() == $"d{i}")
                        replies.Add(reply);
                    return replies.Count == i + 1;
                },
                $"d{i} answers",
                CancellationToken);
        }

        Assert.All(replies, reply => Assert.True(reply.IsCompleted, reply.Body.ToString()));
        Assert.All(replies, reply => Assert.Equal(Members(replies[0].Body), Members(reply.Body)));
        Assert.All(replies, reply =>
        {
            var body = reply.Body.GetProperty("body");
            Assert.Equal("chat.completion", body.GetProperty("object").GetString());
            Assert.Equal("assistant", body.GetProperty("choices")[0].GetProperty("message").GetProperty("role").GetString());
            Assert.NotEmpty(reply.Text);
            Assert.Equal("stop", body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.Equal(20, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
            Assert.True(reply.CostUsd > 0);
        });
    }

    [Fact]
    public async Task A_vendor_that_fails_in_the_middle_of_a_job_costs_no_answer_and_each_failed_call_is_on_record()
    {
        const int Requests = 2000;
        await using var broker = await BrokerUnderTest.StartAsync(
            parts,
            2,
            """
            {
              "deployments": { "d1": { "provider": "anthropic" } },
              "policies": { "auto": { "model": "m0", "fallbackModels": ["m1"] } },
              "lanes": { "bulk": { "patience": "1s" } }
            }
            """);
        var failing = new SimulatedModel { Name = "m0", Vendor = Vendor.OpenAi, Tokens = new() { Output = 10 }, Latency = new() { Kind = LatencyKind.Fixed, Ms = 20 } };
        broker.Vendors.ConfigureAll([failing, new SimulatedModel { Name = "m1", Vendor = Vendor.Anthropic, Tokens = new() { Output = 10 } }]);
        await using var producer = await broker.ProducerAsync();

        var ids = new List<string>();
        for (var i = 0; i < Requests; i++)
        {
            if (i == Requests / 2)
                broker.Vendors.Configure(failing with { Faults = [new() { Kind = FaultKind.ServerError, Probability = 0.8 }, new() { Kind = FaultKind.Reset, Probability = 1 }] });
            ids.Add(await producer.PublishAsync(lane: "bulk", prompt: $"Translate into Spanish: number {i}", more: new { policy = "auto" }));
        }

        foreach (var id in ids)
        {
            var reply = await producer.ReplyAsync(id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
        }

        var calls = broker.Vendors.Calls;
        Assert.Equal(Requests, await broker.ScalarAsync<long>("SELECT count(*) FROM outcomes WHERE failure IS NULL"));
        Assert.Equal(calls.Count, await broker.ScalarAsync<long>("SELECT count(*) FROM attempts"));
        Assert.Equal(calls.Count(call => call.Fault == "server-error"), await broker.ScalarAsync<long>("SELECT count(*) FROM usage WHERE error = 'ServerError' AND cost_usd = 0"));
        // A call whose connection broke may have been charged: it stands at its estimate.
        Assert.Equal(
            calls.Count(call => call.Fault == "reset"),
            await broker.ScalarAsync<long>("SELECT count(*) FROM usage WHERE status = 3 AND cost_usd = estimated_cost_usd AND cost_usd > 0"));
        Assert.InRange(calls.Count(call => call.Fault is not null), 1, Requests * 3);
        Assert.Equal(Requests, calls.Count(call => call is { Status: 200, Fault: null }));
    }

    /// <summary>The names of an object's members, and of the objects in it that every vendor's answer must have.</summary>
    private static string[] Members(JsonElement reply) =>
        [.. reply.EnumerateObject().Select(member => member.Name).Concat(reply.GetProperty("usage").EnumerateObject().Select(member => $"usage.{member.Name}")).Order(StringComparer.Ordinal)];
}

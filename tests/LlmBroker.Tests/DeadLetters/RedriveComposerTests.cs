using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Models;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Languages;
using LlmBroker.Tests.Routing;
using Xunit;

namespace LlmBroker.Tests.DeadLetters;

public sealed class RedriveComposerTests
{
    private static readonly DateTimeOffset Accepted = new(2030, 5, 17, 9, 0, 0, TimeSpan.Zero);

    private static readonly BrokerOptions Options = new()
    {
        Models = new()
        {
            ["small"] = new() { Tier = "cheap", MaxOutputTokens = 100, Price = new() { Input = 1, Output = 10 } },
            ["big"] = new() { Tier = "large", MaxOutputTokens = 1000, Price = new() { Input = 10, Output = 100 } },
            ["free"] = new() { Tier = "cheap" },
        },
        Providers = new() { ["p"] = new() { Type = "openai" } },
        Deployments = new()
        {
            ["small-eu"] = new() { Provider = "p", Model = "small" },
            ["small-us"] = new() { Provider = "p", Model = "small" },
            ["big-eu"] = new() { Provider = "p", Model = "big" },
            ["free-eu"] = new() { Provider = "p", Model = "free" },
        },
        Policies = new() { ["best"] = new() { Model = "big" }, ["auto"] = new() { Cheap = "small", Large = "big", FallbackModels = ["big"] } },
        Routing = new() { DefaultPolicy = "best" },
        Limits = new() { MaxMessageBytes = 2000 },
    };

    private readonly RedriveComposer composer;

    public RedriveComposerTests() => composer = Composer(Options);

    [Fact]
    public void Without_edits_it_goes_back_to_its_deployment_as_it_was()
    {
        var run = Run() with { Route = Run().Route with { Deployment = "small-us", Fallbacks = ["big-eu"] } };

        var draft = Compose(run, RedriveEdits.None);

        Assert.Empty(draft.Faults);
        Assert.Equal(WireJson.ToBytes(run), WireJson.ToBytes(draft.Message!));
        Assert.Null(draft.PromptTokens);
        Assert.Equal((100 * 10m + 1 * TokensOf(run)) / 1_000_000m, draft.EstimatedCostUsd);
    }

    [Fact]
    public void Another_model_is_routed_as_if_the_producer_had_named_it()
    {
        var route = Compose(Run(), new RedriveEdits { Model = "big" }).Message!.Route;

        Assert.Equal(("big-eu", "big", "large", null), (route.Deployment, route.Model, route.Tier, route.Policy));
        Assert.Empty(route.Fallbacks);
        Assert.Equal("model → big-eu", route.Reason);
    }

    [Fact]
    public void Another_policy_is_routed_by_its_rules_with_the_task_that_the_producer_named()
    {
        var route = Compose(Run(), new RedriveEdits { Policy = "auto" }).Message!.Route;

        Assert.Equal(("small-eu", "auto", "translation"), (route.Deployment, route.Policy, route.Task));
        Assert.Equal(["small-us", "big-eu"], route.Fallbacks);
    }

    [Fact]
    public void Another_policy_tells_its_choice_and_on_what_it_was_made_and_a_model_takes_both_away()
    {
        var composer = Composer(Options with { Policies = new(Options.Policies) { ["checked"] = new() { Cheap = "small", Large = "big", Cascade = new() } } });
        var old = Run() with { Route = Run().Route with { Gain = 0.9, Arm = "large", CheapModel = "x", LargeModel = "y", EscalateTo = ["gone"] } };

        var byPolicy = composer.Compose(LetterOf(old), new RedriveEdits { Policy = "checked" }, "acme.", Accepted);
        var byModel = composer.Compose(LetterOf(old), new RedriveEdits { Model = "big" }, "acme.", Accepted);

        var route = byPolicy.Message!.Route;
        Assert.Equal(("small", "big", null), (route.CheapModel, route.LargeModel, route.Arm));
        Assert.Equal(["big-eu"], route.EscalateTo);
        Assert.Equal(route.Gain, byPolicy.Decision!.Gain);
        Assert.Equal((null, null, null, 0), (byModel.Message!.Route.Gain, byModel.Message.Route.Arm, byModel.Message.Route.CheapModel, byModel.Message.Route.EscalateTo.Count));
        Assert.Null(byModel.Decision);
    }

    [Fact]
    public void A_task_that_was_guessed_is_guessed_again()
    {
        var run = Run("Fix this C# function: int F() => 1/0;") with { Route = Run().Route with { Task = "translation", TaskConfidence = 0.9 } };

        Assert.NotEqual("translation", Compose(run, new RedriveEdits { Policy = "auto" }).Message!.Route.Task);
    }

    [Fact]
    public void Lane_cap_time_and_body_are_edited_without_routing_again()
    {
        var edits = new RedriveEdits
        {
            Lane = "bulk",
            MaxCostUsd = 2,
            TimeToLive = TimeSpan.FromHours(3),
            Patch = JsonElement.Parse("""{ "max_tokens": 5, "temperature": null }"""),
        };

        var message = Compose(Run(), edits).Message!;

        Assert.Equal(("bulk", 2m, TimeSpan.FromHours(3)), (message.Lane, message.MaxCostUsd, message.Deadline - message.AcceptedAt));
        Assert.Equal(5, message.Body!.Value.GetProperty("max_tokens").GetInt32());
        Assert.False(message.Body!.Value.TryGetProperty("temperature", out _));
        Assert.Equal("small-eu", message.Route.Deployment);
    }

    [Fact]
    public void All_faults_of_the_edits_are_told_at_once_with_their_remedies()
    {
        var faults = composer.FindFaults(new RedriveEdits
        {
            Model = "smal",
            Policy = "fastest",
            Lane = "slow",
            MaxCostUsd = 0,
            TimeToLive = TimeSpan.FromDays(31),
            Patch = JsonElement.Parse("[1]"),
        });

        Assert.Equal(7, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("did you mean 'small'?", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("known: auto, best", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("Both a model ('smal') and a policy ('fastest')", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("30d", StringComparison.Ordinal));
        Assert.Contains("'model'", Assert.Single(composer.FindFaults(new RedriveEdits { Patch = JsonElement.Parse("""{"model":"big"}""") })), StringComparison.Ordinal);
        Assert.Empty(composer.FindFaults(RedriveEdits.None));
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "'body.messages' is missing or empty")]
    [InlineData("""{"messages":null}""", "'body.messages' is missing or empty")]
    [InlineData("""{"stream":true}""", "'body.stream' is true")]
    public void A_patch_that_a_router_would_refuse_is_a_fault(string patch, string fault) =>
        Assert.StartsWith(fault, FaultOf(Run(), new RedriveEdits { Patch = JsonElement.Parse(patch) }), StringComparison.Ordinal);

    [Fact]
    public void A_patch_that_makes_the_message_too_large_is_a_fault() => Assert.Contains(
        "at most 2000 are allowed",
        FaultOf(Run(), new RedriveEdits { Patch = JsonElement.Parse($$"""{"user":"{{new string('x', 3000)}}"}""") }),
        StringComparison.Ordinal);

    [Fact]
    public void A_run_that_its_cap_would_end_is_a_fault_and_a_higher_cap_the_remedy()
    {
        var run = Run() with { MaxCostUsd = 0.01m, SpentUsd = 0.0099m };

        Assert.Equal(
            $"Its cap is 0.01 USD: 0.0099 USD are spent and the next call may cost {(1000m + TokensOf(run)) / 1_000_000m:0.######} USD; give a higher cap.",
            FaultOf(run, RedriveEdits.None));
        Assert.Empty(Compose(run, new RedriveEdits { MaxCostUsd = 1 }).Faults);
        Assert.Contains("price of model 'free' is unknown", FaultOf(run, new RedriveEdits { Model = "free" }), StringComparison.Ordinal);
        Assert.Null(Compose(run with { MaxCostUsd = null }, new RedriveEdits { Model = "free" }).EstimatedCostUsd);
    }

    [Fact]
    public void A_deployment_that_is_gone_is_a_fault_until_it_is_routed_again()
    {
        var run = Run() with { Route = Run().Route with { Deployment = "small-asia" } };

        Assert.StartsWith("Its deployment 'small-asia' is not configured any more", FaultOf(run, RedriveEdits.None), StringComparison.Ordinal);
        Assert.Equal("small-eu", Compose(run, new RedriveEdits { Model = "small" }).Message!.Route.Deployment);
    }

    [Fact]
    public void A_configuration_without_deployments_sends_back_what_it_cannot_judge()
    {
        var draft = Composer(new BrokerOptions()).Compose(
            Raw("", null) with { Run = 1, Body = WireJson.ToBytes(Run()) }, RedriveEdits.None, "", Accepted);

        Assert.Equal(("small-eu", null, 0), (draft.Message?.Route.Deployment, draft.EstimatedCostUsd, draft.Faults.Count));
    }

    [Fact]
    public void A_poisoned_request_that_no_router_got_through_with_is_routed()
    {
        var letter = Raw("""{ "requestId": "r1", "model": "small", "maxCostUsd": 1, "body": { "messages": [{ "role": "user", "content": "Hi" }] } }""", "llm.requests/acme.bulk");

        var plain = composer.Compose(letter, RedriveEdits.None, "acme.", Accepted).Message!;
        var edited = composer.Compose(letter, new RedriveEdits { Model = "big", Lane = "interactive" }, "acme.", Accepted).Message!;

        Assert.Equal(("acme", "r1", "bulk", "small-eu", "acme.replies"), (plain.Tenant, plain.RequestId, plain.Lane, plain.Route.Deployment, plain.ReplyTo?.Queue));
        Assert.Equal(TimeSpan.FromHours(24), plain.Deadline - plain.AcceptedAt);
        Assert.Equal(("interactive", "big-eu", 1m), (edited.Lane, edited.Route.Deployment, edited.MaxCostUsd));
        Assert.Null(composer.Compose(letter, RedriveEdits.None, "other.", Accepted).Message!.ReplyTo);
        Assert.Equal("standard", composer.Compose(letter with { Source = "llm.route.standard" }, RedriveEdits.None, "acme.", Accepted).Message!.Lane);
    }

    [Theory]
    [InlineData("garbage", "llm.requests/acme.bulk")]
    [InlineData("""{ "requestId": "r1" }""", "llm.requests/acme.cancel")]
    [InlineData("""{ "requestId": "r1" }""", "llm.work/d0.bulk")]
    [InlineData("""{ "requestId": "r1" }""", null)]
    public void What_holds_no_request_goes_back_as_it_was_and_cannot_be_edited(string body, string? source)
    {
        var letter = Raw(body, source);

        Assert.Equal((null, 0), (composer.Compose(letter, RedriveEdits.None, "acme.", Accepted).Message, composer.Compose(letter, RedriveEdits.None, "acme.", Accepted).Faults.Count));
        Assert.Contains("nothing of it can be edited", Assert.Single(composer.Compose(letter, new RedriveEdits { Lane = "bulk" }, "acme.", Accepted).Faults), StringComparison.Ordinal);
    }

    private static DeadLetter Raw(string body, string? source) => new()
    {
        Id = Guid.NewGuid(),
        Tenant = "acme",
        Reason = FailureReason.Poison,
        Error = "down again and again",
        CreatedAt = Accepted,
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        Source = source,
        ReplyTo = new ReplyAddress { Queue = "acme.replies" },
    };

    private RedriveDraft Compose(RunInference run, RedriveEdits edits) => composer.Compose(LetterOf(run), edits, "acme.", Accepted);

    private static DeadLetter LetterOf(RunInference run) => Raw("", null) with { RequestId = run.RequestId, Run = run.Run, Body = WireJson.ToBytes(run) };

    private string FaultOf(RunInference run, RedriveEdits edits) => Assert.Single(Compose(run, edits).Faults);

    private static int TokensOf(RunInference run) => Prompt.Read(run.Body!.Value, "chat").Tokens;

    private static RunInference Run(string prompt = "Translate: good morning") => new()
    {
        Tenant = "acme",
        RequestId = "r1",
        Run = 1,
        Lane = "standard",
        Operation = "chat",
        Route = new Route { Deployment = "small-eu", Model = "small", Task = "translation", Policy = "best", Reason = "as it was" },
        AcceptedAt = Accepted,
        Deadline = Accepted.AddHours(1),
        Body = Requests.Message(JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = prompt } }, temperature = 0.5 })).Body,
    };

    private static RedriveComposer Composer(BrokerOptions options)
    {
        var time = TimeProvider.System;
        var live = new LiveConfiguration(options);
        var fleet = new FleetView(new WorkerIdentity(), time);
        return new RedriveComposer(live, new RouteResolver(live, new CueTaskClassifier(), new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())), new LanguageDetector(), fleet, new DeploymentHolds(time), time));
    }
}

using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Prediction;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>What a deployment cannot do keeps it out of the route; asked for by name, it is a refusal that names the feature.</summary>
public sealed class CapabilityRoutingTests
{
    private const string Image = """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]}""";
    private const string Spanish = """{"messages":[{"role":"user","content":"Translate into Spanish: The house is old and the garden is big."}]}""";

    private static readonly BrokerOptions Options = new()
    {
        Providers = new()
        {
            ["openai"] = new() { Type = "openai" },
            ["aws"] = new() { Type = "bedrock" },
            ["hf"] = new() { Type = "huggingface" },
        },
        Models = new()
        {
            ["small"] = new() { Tier = "cheap", Price = new() },
            ["blind"] = new() { Tier = "cheap", Price = new(), Capabilities = new() { Vision = false } },
            ["en-es"] = new() { Tier = "cheap", PriceUnknown = true },
            ["big"] = new() { Tier = "large", Price = new() },
        },
        Deployments = new()
        {
            ["small-aws"] = new() { Provider = "aws", Model = "small" },
            ["small-openai"] = new() { Provider = "openai", Model = "small" },
            ["blind-openai"] = new() { Provider = "openai", Model = "blind" },
            ["seeing-openai"] = new() { Provider = "openai", Model = "blind", Capabilities = new() { Vision = true, N = false } },
            ["opus"] = new() { Provider = "hf", Model = "en-es", Api = "translation", TaskModel = new() { Sources = ["en"], Targets = ["es"] } },
            ["big-openai"] = new() { Provider = "openai", Model = "big" },
        },
        Policies = new() { ["auto"] = new() { Cheap = "en-es", Large = "big" } },
        Routing = new() { DefaultPolicy = "auto" },
    };

    [Fact]
    public void A_deployment_that_cannot_is_left_out_and_the_reason_says_so()
    {
        var route = Route(Requests.Message(Image) with { Model = "small" });

        Assert.Equal("small-openai", route.Deployment);
        Assert.Empty(route.Fallbacks);
        Assert.Contains("small-aws cannot: imageUrls", route.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_can_keeps_its_place()
    {
        var route = Route(Requests.Message() with { Model = "small" });

        Assert.Equal("small-aws", route.Deployment);
        Assert.Equal(["small-openai"], route.Fallbacks);
    }

    [Fact]
    public void A_deployments_own_word_wins_over_its_models()
    {
        Assert.Equal("seeing-openai", Route(Requests.Message(Image) with { Model = "blind" }).Deployment);
        Assert.Equal("blind-openai", Route(Requests.Message("""{"n":2,"messages":[{"role":"user","content":"Hi"}]}""") with { Model = "blind" }).Deployment);
    }

    [Fact]
    public void A_named_model_that_nobody_can_serve_is_refused_with_the_feature()
    {
        var (_, refusal) = Resolve(Requests.Message("""{"input":"x"}""") with { Model = "en-es", Operation = "embeddings" });

        Assert.Equal(FailureReason.Unsupported, refusal?.Reason);
        Assert.Contains("opus cannot: embeddings", refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fallback_that_can_comes_before_the_large_model()
    {
        var policies = new Dictionary<string, PolicyOptions> { ["auto"] = new() { Cheap = "en-es", Large = "big", FallbackModels = ["small"] } };

        var route = Route(Requests.Message(), Options with { Policies = policies });

        Assert.Equal("small-aws", route.Deployment);
        Assert.Equal("small", route.Model);
    }

    [Fact]
    public void A_translation_that_is_certain_goes_to_the_model_for_it()
    {
        var route = Route(Requests.Message(Spanish));

        Assert.Equal("opus", route.Deployment);
    }

    [Theory]
    [InlineData("Translate into Spanish, but keep the names: Anna met Bob in the garden.")]
    [InlineData("Translate into French: The house is old and the garden is big.")]
    [InlineData("Translate into Spanish: Das Haus ist alt und der Garten ist groß.")]
    public void One_that_is_not_goes_to_a_chat_model(string prompt)
    {
        var body = $$"""{"messages":[{"role":"user","content":"{{prompt}}"}]}""";

        var route = Route(Requests.Message(body));
        var (_, refusal) = Resolve(Requests.Message(body) with { Model = "en-es" });

        Assert.Equal("big-openai", route.Deployment);
        Assert.Contains("not certain", route.Reason, StringComparison.Ordinal);
        Assert.Equal(FailureReason.Unsupported, refusal?.Reason);
        Assert.DoesNotContain("Anna", refusal?.Message + route.Reason, StringComparison.Ordinal);
    }

    private static Route Route(SubmitInference message, BrokerOptions? options = null)
    {
        var (route, refusal) = Resolve(message, options);
        Assert.Null(refusal);
        return route!;
    }

    private static Resolution Resolve(SubmitInference message, BrokerOptions? options = null) =>
        Resolver(options ?? Options).Resolve(message, new Prompt(new ClassifierInput(null, "", 1), 10, null), "id", "standard");

    private static RouteResolver Resolver(BrokerOptions options)
    {
        var time = TimeProvider.System;
        return new RouteResolver(
            new LiveConfiguration(options), new Translating(), new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())), new LanguageDetector(), new FleetView(new WorkerIdentity(), time), new DeploymentHolds(time), time);
    }

    private sealed class Translating : ITaskClassifier
    {
        public TaskPrediction Classify(ClassifierInput input) => new(TaskKind.Translation, 0.9, "cue");
    }
}

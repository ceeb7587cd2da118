using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Languages;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class RouteResolverTests
{
    private static readonly BrokerOptions Options = new()
    {
        Models = new()
        {
            ["small"] = new() { Tier = "cheap", ContextWindow = 1000, Price = new() { Input = 1, Output = 2 } },
            ["big"] = new() { Tier = "large", Price = new() { Input = 10, Output = 20 } },
        },
        Providers = new() { ["p"] = new() { Type = "openai" } },
        Deployments = new()
        {
            ["small-eu"] = new() { Provider = "p", Model = "small" },
            ["small-us"] = new() { Provider = "p", Model = "small" },
            ["big-eu"] = new() { Provider = "p", Model = "big" },
        },
        Policies = new()
        {
            ["auto"] = new() { Cheap = "small", Large = "big", FallbackModels = ["big"], MaxCheapPromptTokens = 500 },
            ["best"] = new() { Model = "big" },
        },
        Routing = new() { DefaultPolicy = "auto" },
    };

    [Fact]
    public void A_named_model_goes_to_its_first_deployment_with_the_others_as_fallbacks()
    {
        var route = Route(Requests.Message() with { Model = "small" });

        Assert.Equal(("small-eu", "cheap"), (route.Deployment, route.Tier));
        Assert.Equal(["small-us"], route.Fallbacks);
        Assert.Null(route.Policy);
    }

    [Fact]
    public void The_model_wins_over_that_of_the_body() =>
        Assert.Equal("big", Route(Requests.Message("""{ "model": "small", "messages": [{ "role": "user", "content": "Hi" }] }""") with { Model = "big" }).Model);

    [Fact]
    public void The_bodys_model_counts_when_nothing_else_is_said() =>
        Assert.Equal("small", Route(Requests.Message("""{ "model": "small", "messages": [{ "role": "user", "content": "Hi" }] }""")).Model);

    [Fact]
    public void A_policy_wins_over_the_bodys_model() =>
        Assert.Equal("big", Route(Requests.Message("""{ "model": "small", "messages": [{ "role": "user", "content": "Hi" }] }""") with { Policy = "best" }).Model);

    [Theory]
    [InlineData(TaskKind.Translation, 0.9, "small")]
    [InlineData(TaskKind.Code, 0.9, "big")]
    [InlineData(TaskKind.Translation, 0.3, "big")]
    [InlineData(TaskKind.Unknown, 0, "big")]
    public void Auto_takes_the_cheap_model_for_easy_tasks_that_are_sure(TaskKind task, double confidence, string model) =>
        Assert.Equal(model, Route(Requests.Message(), task, confidence).Model);

    [Fact]
    public void A_task_named_by_the_producer_needs_no_classifier()
    {
        var route = Route(Requests.Message() with { Task = "summarization" }, TaskKind.Code);

        Assert.Equal(("small", "summarization"), (route.Model, route.Task));
        Assert.Null(route.TaskConfidence);
    }

    [Fact]
    public void Auto_takes_the_large_model_for_a_long_prompt() =>
        Assert.Equal("big", Route(Requests.Message() with { Task = "translation" }, tokens: 501).Model);

    [Fact]
    public void Fallback_models_come_after_the_deployments_of_the_chosen_one() =>
        Assert.Equal(["small-us", "big-eu"], Route(Requests.Message() with { Task = "translation" }).Fallbacks);

    [Fact]
    public void The_reason_says_who_decided_and_why() =>
        Assert.Equal("policy auto: task translation (cue, 0.90) → cheap → small-eu", Route(Requests.Message(), TaskKind.Translation, 0.9).Reason);

    [Fact]
    public void An_unknown_model_is_refused_with_the_known_ones()
    {
        var (_, refusal) = Resolve(Requests.Message() with { Model = "huge" }, default, 0, 10);

        Assert.Equal(FailureReason.UnknownModel, refusal?.Reason);
        Assert.Contains("big, small", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_policy_is_refused() =>
        Assert.Equal(FailureReason.UnknownPolicy, Resolve(Requests.Message() with { Policy = "magic" }, default, 0, 10).Refusal?.Reason);

    [Fact]
    public void A_provider_account_as_the_model_means_its_default_model_there_first()
    {
        var options = Options with
        {
            Providers = new() { ["p"] = new() { Type = "openai" }, ["q"] = new() { Type = "openai", DefaultModel = "small" } },
            Deployments = new(Options.Deployments) { ["small-q"] = new() { Provider = "q", Model = "small" } },
        };

        var (route, _) = Resolver(options, new FixedClassifier(TaskKind.Unknown, 0))
            .Resolve(Requests.Message() with { Model = "q" }, new Prompt(new ClassifierInput(null, "", 1), 10, null), "r", "standard");

        Assert.Equal(("small-q", "small"), (route?.Deployment, route?.Model));
        Assert.Equal(["small-eu", "small-us"], route!.Fallbacks);
        Assert.Equal("model: default of q → small-q", route.Reason);
    }

    [Fact]
    public void A_paused_deployment_is_passed_over_in_its_lane_only()
    {
        var deployments = new Dictionary<string, DeploymentOptions>(Options.Deployments);
        deployments["small-eu"] = deployments["small-eu"] with { Lanes = new() { Bulk = "paused" } };
        var resolver = Resolver(Options with { Deployments = deployments }, new FixedClassifier(TaskKind.Unknown, 0));
        var prompt = new Prompt(new ClassifierInput(null, "", 1), 10, null);

        Assert.Equal("small-us", resolver.Resolve(Requests.Message() with { Model = "small" }, prompt, "r", "bulk").Route?.Deployment);
        Assert.Equal("small-eu", resolver.Resolve(Requests.Message() with { Model = "small" }, prompt, "r", "interactive").Route?.Deployment);
    }

    [Fact]
    public void What_chose_other_than_the_order_is_in_the_reason()
    {
        var options = Options with { Models = new(Options.Models) { ["small"] = Options.Models["small"] with { Strategy = "least-in-flight" } } };
        var resolver = Resolver(options, new FixedClassifier(TaskKind.Unknown, 0));
        var prompt = new Prompt(new ClassifierInput(null, "", 1), 10, null);

        var routes = Enumerable.Range(0, 2).Select(i => resolver.Resolve(Requests.Message() with { Model = "small" }, prompt, $"r{i}", "bulk").Route!).ToArray();

        Assert.Equal(["small-eu", "small-us"], routes.Select(route => route.Deployment));
        Assert.Equal("model → small-us (least-in-flight)", routes[1].Reason);
    }

    private static Route Route(SubmitInference message, TaskKind task = TaskKind.Unknown, double confidence = 0.9, int tokens = 10)
    {
        var (route, refusal) = Resolve(message, task, confidence, tokens);
        Assert.Null(refusal);
        return route!;
    }

    private static Resolution Resolve(SubmitInference message, TaskKind task, double confidence, int tokens) =>
        Resolver(Options, new FixedClassifier(task, confidence)).Resolve(message, new Prompt(new ClassifierInput(null, "", 1), tokens, null), "r", "standard");

    private static RouteResolver Resolver(BrokerOptions options, ITaskClassifier classifier) => new(
        new LiveConfiguration(options), classifier, new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())), new LanguageDetector(), new FleetView(new WorkerIdentity(), TimeProvider.System), new DeploymentHolds(TimeProvider.System), TimeProvider.System);

    private sealed class FixedClassifier(TaskKind task, double confidence) : ITaskClassifier
    {
        public TaskPrediction Classify(ClassifierInput input) => new(task, confidence, "cue");
    }
}

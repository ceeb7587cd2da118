using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Prediction;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>Every way in which a policy decides, on English and on Chinese requests.</summary>
public sealed class PolicyTests
{
    private const string English = "Translate into Chinese: The meeting has been moved to Thursday, and everybody is asked to bring the figures.";
    private const string Chinese = "把下面这句话翻译成英文:会议改到星期四举行,请大家把数据带来。";
    private const string Summary = "请总结下面的会议记录:今天讨论了预算和进度。";

    /// <summary>Between what is expected of an easy and of a hard task on the same text.</summary>
    private static readonly double Halfway = (Expected(TaskKind.Translation) + Expected(TaskKind.MathReasoning)) / 2;

    private static readonly BrokerOptions Base = new()
    {
        Models = new()
        {
            ["small"] = new() { Tier = "cheap", MaxOutputTokens = 100, Price = new() { Input = 1, Output = 2 } },
            ["zh-en"] = new() { Tier = "cheap", Price = new() { Input = 0.5m, Output = 1 } },
            ["big"] = new() { Tier = "large", MaxOutputTokens = 100, Price = new() { Input = 10, Output = 20 } },
        },
        Providers = new() { ["p"] = new() { Type = "openai" } },
        Deployments = new()
        {
            ["small-1"] = new() { Provider = "p", Model = "small" },
            ["zh-en-1"] = new() { Provider = "p", Model = "zh-en" },
            ["big-1"] = new() { Provider = "p", Model = "big" },
            ["big-2"] = new() { Provider = "p", Model = "big" },
        },
    };

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_fixed_policy_leaves_no_choice(string text)
    {
        var route = Route(new PolicyOptions { Model = "big" }, text);

        Assert.Equal(("big", null, null), (route.Model, route.CheapModel, route.Gain));
    }

    [Theory]
    [InlineData(English, "en", "zh")]
    [InlineData(Chinese, "zh", "en")]
    public void The_languages_of_a_translation_are_read(string text, string source, string target)
    {
        var route = Route(Choosing(new() { Rules = [new() { From = ["ja"], Tier = "large" }] }), text);

        Assert.Equal((source, target), (route.SourceLanguage, route.TargetLanguage));
    }

    [Fact]
    public void The_first_rule_that_fits_decides()
    {
        var policy = Choosing(new()
        {
            Rules =
            [
                new() { Tasks = ["translation"], From = ["en"], To = ["zh"], Tier = "large" },
                new() { Tasks = ["translation"], Model = "zh-en" },
            ],
        });

        Assert.Equal("big", Route(policy, English).Model);
        Assert.Equal("zh-en", Route(policy, Chinese).Model);
        Assert.Contains("rule 2", Route(policy, Chinese).Reason, StringComparison.Ordinal);
        Assert.Equal("small", Route(policy, Summary, TaskKind.Summarization).Model);
    }

    [Theory]
    [InlineData("a", "bulk", "x", 50, "big")]
    [InlineData("b", "bulk", "x", 50, "small")]
    [InlineData("a", "standard", "x", 50, "small")]
    [InlineData("a", "bulk", "y", 50, "small")]
    [InlineData("a", "bulk", "x", 5, "small")]
    [InlineData("a", "bulk", "x", 500, "small")]
    public void A_rule_asks_for_all_that_it_names(string tenant, string lane, string team, int tokens, string model)
    {
        var policy = Choosing(new()
        {
            Rules = [new() { Tenants = ["a"], Lanes = ["bulk"], Metadata = new() { ["team"] = "x" }, MinPromptTokens = 10, MaxPromptTokens = 100, Tier = "large" }],
        });
        var message = Message(Chinese) with { Metadata = JsonSerializer.SerializeToElement(new { team }) };

        Assert.Equal(model, Resolve(policy, message, TaskKind.Translation, "r", tokens, lane, tenant).Route!.Model);
    }

    [Fact]
    public void A_rule_can_ask_for_a_capability()
    {
        var policy = Choosing(new() { Rules = [new() { Needs = ["jsonSchema"], Tier = "large" }] });
        var json = Message(Chinese, """, "response_format": { "type": "json_schema", "json_schema": { "name": "a", "schema": {} } }""");

        Assert.Equal("big", Resolve(policy, json, TaskKind.Translation).Route!.Model);
        Assert.Equal("small", Route(policy, Chinese).Model);
    }

    [Theory]
    [InlineData(English, "small", "en-zh")]
    [InlineData(Chinese, "zh-en", "zh-en")]
    public void An_expert_for_a_pair_takes_the_place_of_the_cheap_model(string text, string model, string pair)
    {
        var policy = Choosing(new() { Experts = new() { ["translation"] = new() { Pairs = new() { ["zh-en"] = "zh-en" } } } });

        var resolution = Resolve(policy, Message(text), TaskKind.Translation);

        Assert.Equal((model, model, pair), (resolution.Route!.Model, resolution.Route.CheapModel, resolution.Decision!.Pair));
    }

    [Theory]
    [InlineData(TaskKind.MathReasoning, "big")]
    [InlineData(TaskKind.Translation, "small")]
    public void Auto_takes_the_large_model_from_a_threshold_on(TaskKind task, string model)
    {
        var route = Resolve(Choosing(new() { Auto = new() { Threshold = Halfway } }), Saying(task, Chinese), task).Route!;

        Assert.Equal(model, route.Model);
        Assert.Contains("gain 0.", route.Reason, StringComparison.Ordinal);
        Assert.NotNull(route.Gain);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(1.0)]
    public void A_share_of_own_traffic_is_kept_whatever_the_gains_are(double share)
    {
        var resolver = Resolver(Choosing(new() { Auto = new() { LargeShare = share } }), TaskKind.Translation);
        var large = Enumerable.Range(0, 6000).Select(i => resolver.Resolve(Message(Chinese), PromptOf(Chinese), $"r{i}", "bulk").Route!.Tier).Skip(1000).Count(tier => tier == "large");

        Assert.InRange(large / 5000.0, share - 0.03, share + 0.03);
    }

    [Fact]
    public void A_share_of_own_traffic_is_kept_when_another_model_takes_over_whose_gains_are_smaller()
    {
        var shipped = RoutingModel.LoadEmbedded();
        var correction = new GainCorrection(-3, 1, 1, new float[RoutingModel.Tasks], new float[RoutingModel.Tasks]);
        var current = shipped;
        var decider = new PolicyDecider(new GainPredictor(() => current, new CueTaskClassifier()));
        var resolver = Resolver(Choosing(new() { Auto = new() { LargeShare = 0.3 } }), TaskKind.Translation, decider);
        double LargeShare(string name) => Enumerable.Range(0, 3000)
            .Select(i => resolver.Resolve(Message(Chinese), PromptOf(Chinese), $"{name}{i}", "bulk").Route!.Tier).Skip(1000).Count(tier => tier == "large") / 2000.0;

        Assert.InRange(LargeShare("before"), 0.2, 0.4);
        current = shipped.With(correction, new float[PromptHasher.Buckets]);

        // Measured by the former gains, none of the next thousands of requests would be worth the large model.
        Assert.InRange(LargeShare("after"), 0.2, 0.4);
    }

    [Fact]
    public void What_is_spent_on_average_is_at_most_what_is_allowed()
    {
        // Of 300 letters of input and 100 tokens of output: 0.0002 and some on the cheap model, ten times that on the large one.
        var resolver = Resolver(Choosing(new() { Auto = new() { MaxAverageUsd = 0.0012m } }), TaskKind.Translation);
        var spent = Enumerable.Range(0, 6000)
            .Select(i => resolver.Resolve(Message(Chinese), new Prompt(new ClassifierInput(null, Chinese, 1), 100, null), $"r{i}", "bulk").Route!)
            .Skip(1000)
            .Average(route => route.Tier == "large" ? 0.003 : 0.0003);

        Assert.InRange(spent, 0.0009, 0.00125);
    }

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(0.5, 0.5)]
    public void Quality_is_kept_by_as_few_as_it_takes(double quality, double share)
    {
        var resolver = Resolver(Choosing(new() { Auto = new() { KeepQuality = quality } }), TaskKind.Translation);
        var large = Enumerable.Range(0, 6000).Select(i => resolver.Resolve(Message(English), PromptOf(English), $"r{i}", "bulk").Route!.Tier).Skip(1000).Count(tier => tier == "large");

        Assert.InRange(large / 5000.0, share - 0.05, share + 0.05);
    }

    [Fact]
    public void Those_with_the_largest_gain_get_the_large_model_first()
    {
        var decider = new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded()));
        var policy = Choosing(new() { Auto = new() { LargeShare = 0.5 } });
        var (math, translation) = (Resolver(policy, TaskKind.MathReasoning, decider), Resolver(policy, TaskKind.Translation, decider));
        var tiers = Enumerable.Range(0, 4000)
            .Select(i => (Math: math.Resolve(Saying(TaskKind.MathReasoning, Chinese), PromptOf(Chinese), $"m{i}", "bulk").Route!.Tier, Translation: translation.Resolve(Saying(TaskKind.Translation, Chinese), PromptOf(Chinese), $"t{i}", "bulk").Route!.Tier))
            .Skip(1000)
            .ToArray();

        Assert.True(tiers.Count(tier => tier.Math == "large") > 2900);
        Assert.True(tiers.Count(tier => tier.Translation == "large") < 100);
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_cascade_begins_with_the_cheap_model_and_knows_where_to_go_on(string text)
    {
        var route = Route(Choosing(new() { Cascade = new() }), text, TaskKind.Code);

        Assert.Equal("small-1", route.Deployment);
        Assert.Equal(["big-1", "big-2"], route.EscalateTo);
    }

    [Fact]
    public void A_cascade_is_skipped_where_the_gain_is_large()
    {
        var route = Resolve(Choosing(new() { Cascade = new() { SkipAboveGain = Halfway } }), Saying(TaskKind.MathReasoning, Chinese), TaskKind.MathReasoning).Route!;

        Assert.Equal(("big", 0), (route.Model, route.EscalateTo.Count));
    }

    [Fact]
    public void The_lot_shows_both_tiers_the_same_requests_and_checks_nothing()
    {
        var resolver = Resolver(Choosing(new() { Cascade = new(), HoldOut = 0.2 }), TaskKind.Translation);
        var routes = Enumerable.Range(0, 5000).Select(i => resolver.Resolve(Message(Chinese), PromptOf(Chinese), $"r{i}", "bulk").Route!).ToArray();

        Assert.InRange(routes.Count(route => route.Arm == "cheap"), 400, 600);
        Assert.InRange(routes.Count(route => route.Arm == "large"), 400, 600);
        Assert.All(routes.Where(route => route.Arm is not null), route => Assert.Equal((route.Arm, 0), (route.Tier, route.EscalateTo.Count)));
        Assert.All(routes.Where(route => route.Arm is null), route => Assert.Equal(("cheap", 2), (route.Tier, route.EscalateTo.Count)));
    }

    [Fact]
    public void A_tenant_has_a_policy_of_its_own()
    {
        var options = Base with
        {
            Policies = new() { ["p"] = Choosing(new()), ["best"] = new() { Model = "big" } },
            Routing = new() { DefaultPolicy = "p" },
            Tenants = new() { ["a"] = new() { DefaultPolicy = "best" } },
        };
        var resolver = Resolver(options, TaskKind.Translation);

        Assert.Equal("big", resolver.Resolve(Message(Chinese), PromptOf(Chinese), "r", "bulk", "a").Route!.Model);
        Assert.Equal("small", resolver.Resolve(Message(Chinese), PromptOf(Chinese), "r", "bulk", "b").Route!.Model);
        Assert.Equal("small", resolver.Resolve(Message(Chinese) with { Policy = "p" }, PromptOf(Chinese), "r", "bulk", "a").Route!.Model);
    }

    [Fact]
    public void The_decision_says_who_was_left_out_and_why()
    {
        var options = Base with
        {
            Models = new(Base.Models) { ["small"] = Base.Models["small"] with { Capabilities = new() { JsonSchema = false } } },
            Policies = new() { ["p"] = Choosing(new()) },
            Routing = new() { DefaultPolicy = "p" },
        };
        var json = Message(Chinese, """, "response_format": { "type": "json_schema", "json_schema": { "name": "a", "schema": {} } }""");

        var decision = Resolver(options, TaskKind.Translation).Resolve(json, PromptOf(Chinese), "r", "bulk").Decision!;

        Assert.Equal([new("big-1", "large", null), new("big-2", "large", null)], decision.Candidates);
        Assert.Equal("cannot: jsonSchema", decision.Dropped!["small-1"]);
        Assert.Contains("\"dropped\":{\"small-1\":\"cannot: jsonSchema\"}", decision.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_guessed_task_leaves_the_gain_as_it_was_measured_and_a_said_one_decides_it(string text)
    {
        var policy = Choosing(new() { Auto = new() { Threshold = 0.5 } });

        Assert.Equal(Math.Round(Expected(TaskKind.Unknown, text), 3), Route(policy, text, TaskKind.MathReasoning).Gain);
        Assert.Equal(Math.Round(Expected(TaskKind.MathReasoning, text), 3), Resolve(policy, Saying(TaskKind.MathReasoning, text), TaskKind.Code).Route!.Gain);
        Assert.NotEqual(Math.Round(Expected(TaskKind.Unknown, text), 3), Math.Round(Expected(TaskKind.MathReasoning, text), 3));
    }

    private static double Expected(TaskKind task, string text = Chinese) =>
        new GainPredictor(RoutingModel.LoadEmbedded()).Predict(new ClassifierInput(null, text, 1), task);

    /// <summary>With the producer's word for the kind of work.</summary>
    private static SubmitInference Saying(TaskKind task, string text) => Message(text) with { Task = task.ToWire() };

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_task_that_is_not_sure_enough_is_unknown_to_the_rules(string text)
    {
        var policy = Choosing(new() { Rules = [new() { Tasks = ["translation"], Tier = "cheap" }, new() { Tasks = ["unknown"], Model = "zh-en" }] });

        Assert.Equal("small", Resolver(policy, TaskKind.Translation, confidence: 0.6).Resolve(Message(text), PromptOf(text), "r", "bulk").Route!.Model);
        Assert.Equal("zh-en", Resolver(policy, TaskKind.Translation, confidence: 0.4).Resolve(Message(text), PromptOf(text), "r", "bulk").Route!.Model);
        Assert.Equal("small", Resolver(policy, TaskKind.Code).Resolve(Message(text) with { Task = "translation" }, PromptOf(text), "r", "bulk").Route!.Model);
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void What_the_model_of_a_rule_cannot_do_goes_to_the_large_one(string text)
    {
        var models = new Dictionary<string, ModelOptions>(Base.Models) { ["zh-en"] = Base.Models["zh-en"] with { ContextWindow = 512, Capabilities = new() { JsonSchema = false } } };
        var options = With(Choosing(new() { Rules = [new() { Model = "zh-en" }] }), models);
        var resolver = Resolver(options, TaskKind.Translation);

        var unable = resolver.Resolve(Message(text, JsonSchema), PromptOf(text), "r", "bulk").Route!;
        var tooLong = resolver.Resolve(Message(text), PromptOf(text) with { Tokens = 513 }, "r", "bulk").Route!;
        var fits = resolver.Resolve(Message(text), PromptOf(text) with { Tokens = 512 }, "r", "bulk").Route!;

        Assert.Equal(("big", "big", "zh-en"), (unable.Model, tooLong.Model, fits.Model));
        Assert.Contains("zh-en-1 cannot: jsonSchema", unable.Reason, StringComparison.Ordinal);
        Assert.Contains("zh-en takes 512 of 513 tokens", tooLong.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_prompt_that_is_too_long_wins_over_cascade_rule_and_lot(string text)
    {
        foreach (var policy in (PolicyOptions[])[new() { Cascade = new() }, new() { Rules = [new() { Tier = "cheap" }] }, new() { HoldOut = 1 }, new() { Auto = new() { Threshold = 1 } }])
        {
            var route = Resolve(Choosing(policy) with { MaxCheapPromptTokens = 99 }, Message(text), TaskKind.Translation, tokens: 100).Route!;

            Assert.Equal(("big", null, 0), (route.Model, route.Arm, route.EscalateTo.Count));
            Assert.Contains("100 tokens over 99", route.Reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(English, "small")]
    [InlineData(Chinese, "small")]
    [InlineData(English, "big")]
    [InlineData(Chinese, "big")]
    public void Only_what_both_tiers_can_answer_is_drawn_by_lot(string text, string unable)
    {
        var models = new Dictionary<string, ModelOptions>(Base.Models) { [unable] = Base.Models[unable] with { Capabilities = new() { JsonSchema = false } } };
        var resolver = Resolver(With(Choosing(new() { HoldOut = 1 }), models), TaskKind.Translation);

        var routes = Enumerable.Range(0, 50).Select(i => resolver.Resolve(Message(text, JsonSchema), PromptOf(text), $"r{i}", "bulk").Route!).ToArray();

        Assert.All(routes, route => Assert.Equal((null, unable == "small" ? "big" : "small"), (route.Arm, route.Model)));
        Assert.NotNull(resolver.Resolve(Message(text), PromptOf(text), "r", "bulk").Route!.Arm);
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void What_the_cheap_model_cannot_do_counts_in_no_share(string text)
    {
        var models = new Dictionary<string, ModelOptions>(Base.Models) { ["small"] = Base.Models["small"] with { Capabilities = new() { JsonSchema = false } } };
        var options = With(Choosing(new() { Auto = new() { LargeShare = 0.3 } }), models);
        var decider = new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded()));
        // Counted, those with the larger gain would take the whole share.
        var (math, translation) = (Resolver(options, TaskKind.MathReasoning, decider), Resolver(options, TaskKind.Translation, decider));
        var large = 0;
        for (var i = 0; i < 4000; i++)
        {
            Assert.Equal("large", math.Resolve(Message(text, JsonSchema) with { Task = TaskKind.MathReasoning.ToWire() }, PromptOf(text), $"j{i}", "bulk").Route!.Tier);
            large += translation.Resolve(Saying(TaskKind.Translation, text), PromptOf(text), $"r{i}", "bulk").Route!.Tier == "large" ? 1 : 0;
        }

        Assert.InRange(large / 4000.0, 0.26, 0.34);
    }

    [Fact]
    public void The_average_is_kept_where_the_requests_with_the_largest_gain_are_the_dearest()
    {
        var decider = new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded()));
        var policy = Choosing(new() { Auto = new() { MaxAverageUsd = 0.01m } });
        var (math, translation) = (Resolver(policy, TaskKind.MathReasoning, decider), Resolver(policy, TaskKind.Translation, decider));
        var spent = new List<decimal>();
        for (var i = 0; i < 4000; i++)
        {
            spent.Add(CostOf(math, TaskKind.MathReasoning, 5000, $"m{i}"));
            spent.Add(CostOf(translation, TaskKind.Translation, 100, $"t{i}"));
        }

        Assert.InRange(spent.Skip(1000).Average(), 0.0085m, 0.0105m);

        decimal CostOf(RouteResolver resolver, TaskKind task, int tokens, string id)
        {
            var prompt = PromptOf(Chinese) with { Tokens = tokens };
            var isLarge = resolver.Resolve(Saying(task, Chinese), prompt, id, "bulk").Route!.Tier == "large";
            return (isLarge ? 10 : 1) * (tokens + 200) / 1_000_000m;
        }
    }

    [Theory]
    [InlineData("请把下面的话翻译成日语：今天的会议改到星期四举行,请大家把数据带来。", "zh", "ja")]
    [InlineData("麻烦你帮我用地道而自然的中文把下面这一整段话里面想要表达的意思原原本本地说出来好吗拜托了：It is on us to be in it as it is, so we have to do it for him.", "en", "zh")]
    public void A_text_behind_a_full_width_colon_is_found(string text, string source, string target)
    {
        var pair = TranslationPair.Read(new ClassifierInput(null, text, 1), new LanguageDetector());

        Assert.Equal((source, target), (pair.Source, pair.Target));
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void A_named_model_wins_over_every_policy_and_a_named_policy_over_the_models_name_in_the_body(string text)
    {
        var options = With(new PolicyOptions { Model = "big" }) with { Tenants = new() { ["a"] = new() { DefaultPolicy = "p" } } };
        var resolver = Resolver(options, TaskKind.Translation);
        var inBody = Message(text, """, "model": "small" """);

        Assert.Equal(("zh-en", null), Chosen(inBody with { Model = "zh-en" }));
        Assert.Equal(("small", null), Chosen(inBody));
        Assert.Equal(("big", "p"), Chosen(inBody with { Policy = "p" }));
        Assert.Equal(("big", "p"), Chosen(Message(text)));

        (string, string?) Chosen(SubmitInference message)
        {
            var route = resolver.Resolve(message, PromptOf(text), "r", "bulk", "a").Route!;
            return (route.Model, route.Policy);
        }
    }

    [Theory]
    [InlineData(English)]
    [InlineData(Chinese)]
    public void The_decision_names_rule_candidates_and_what_holds_them(string text)
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var holds = new DeploymentHolds(time);
        holds.Hold("big-2", HoldCause.Vendor, DeploymentHolds.Longest);
        var options = With(Choosing(new() { Rules = [new() { Tasks = ["code"], Tier = "cheap" }, new() { Tier = "large" }] })) with
        {
            Deployments = new(Base.Deployments)
            {
                ["big-1"] = new() { Provider = "p", Model = "big", Lanes = new() { Interactive = LaneState.Paused } },
                ["big-3"] = new() { Provider = "p", Model = "big", CanaryShare = 1 },
                ["big-4"] = new() { Provider = "p", Model = "big", CanaryShare = 0 },
            },
        };

        var decision = Resolver(options, TaskKind.Translation, holds: holds).Resolve(Message(text), PromptOf(text), "r", "interactive").Decision!;

        Assert.Equal(("p", 2), (decision.Policy, decision.Rule));
        Assert.Equal(
            [new("big-3", "large", "canary"), new("big-4", "large", "canary for others"), new("big-2", "large", "held"), new("big-1", "large", "paused")],
            decision.Candidates);
        Assert.Equal(decision.ToJson(), Decision.Parse(decision.ToJson())!.ToJson());
    }

    [Theory]
    [InlineData(English, TaskKind.Translation, "small")]
    [InlineData(Chinese, TaskKind.Translation, "small")]
    [InlineData(English, TaskKind.MathReasoning, "big")]
    [InlineData(Chinese, TaskKind.MathReasoning, "big")]
    public void The_threshold_is_told_whichever_tier_it_led_to(string text, TaskKind task, string model)
    {
        var threshold = Math.Round((Expected(TaskKind.Translation, text) + Expected(TaskKind.MathReasoning, text)) / 2, 3);
        foreach (var policy in (PolicyOptions[])[new() { Auto = new() { Threshold = threshold } }, new() { Cascade = new() { SkipAboveGain = threshold } }])
        {
            var resolution = Resolve(Choosing(policy), Saying(task, text), task);

            Assert.Equal((model, threshold), (resolution.Route!.Model, resolution.Decision!.Threshold));
            Assert.Contains(FormattableString.Invariant($" of {threshold:0.00} → "), resolution.Route.Reason, StringComparison.Ordinal);
        }
    }

    private const string JsonSchema = """, "response_format": { "type": "json_schema", "json_schema": { "name": "a", "schema": {} } }""";

    private static BrokerOptions With(PolicyOptions policy, Dictionary<string, ModelOptions>? models = null) =>
        Base with { Models = models ?? Base.Models, Policies = new() { ["p"] = policy }, Routing = new() { DefaultPolicy = "p" } };

    private static PolicyOptions Choosing(PolicyOptions with) => with with { Cheap = "small", Large = "big" };

    private static Route Route(PolicyOptions policy, string text, TaskKind task = TaskKind.Translation) => Resolve(policy, Message(text), task).Route!;

    private static Resolution Resolve(
        PolicyOptions policy, SubmitInference message, TaskKind task, string id = "r", int tokens = 50, string lane = "bulk", string? tenant = null) =>
        Resolver(policy, task).Resolve(message, new Prompt(new ClassifierInput(null, TextOf(message), 1), tokens, null), id, lane, tenant);

    private static Prompt PromptOf(string text) => new(new ClassifierInput(null, text, 1), 50, null);

    private static string TextOf(SubmitInference message) => message.Body.GetProperty("messages")[0].GetProperty("content").GetString()!;

    private static SubmitInference Message(string text, string more = "") =>
        Requests.Message($$"""{ "messages": [{ "role": "user", "content": {{JsonSerializer.Serialize(text)}} }]{{more}} }""");

    private static RouteResolver Resolver(PolicyOptions policy, TaskKind task, PolicyDecider? decider = null, double confidence = 0.9) =>
        Resolver(With(policy), task, decider, confidence);

    private static RouteResolver Resolver(
        BrokerOptions options, TaskKind task, PolicyDecider? decider = null, double confidence = 0.9, DeploymentHolds? holds = null) => new(
        new LiveConfiguration(options),
        new FixedClassifier(task, confidence),
        decider ?? new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())),
        new LanguageDetector(),
        new FleetView(new WorkerIdentity(), TimeProvider.System),
        holds ?? new DeploymentHolds(TimeProvider.System),
        TimeProvider.System);

    private sealed class FixedClassifier(TaskKind task, double confidence) : ITaskClassifier
    {
        public TaskPrediction Classify(ClassifierInput input) => new(task, confidence, "model");
    }
}

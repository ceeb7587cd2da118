using System.Collections.Concurrent;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Models;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Routing.Policies;

/// <summary>
/// Decides by a policy: its only model; else the first rule that fits; else what the cheap model cannot take goes to the large one; else a lot,
/// for a part of the requests; else the expected gain, the tasks, or the cheap model first with a look at its answer. Changes nothing but what
/// it remembers of the gains it saw.
/// </summary>
internal sealed class PolicyDecider(GainPredictor gains)
{
    private const string Cheap = "cheap";
    private const string Large = "large";

    private static readonly string[] DefaultCheapTasks = ["translation", "summarization", "classification", "extraction", "rewriting"];

    private readonly ConcurrentDictionary<string, ModelHistory> histories = new(StringComparer.Ordinal);

    /// <param name="name">Of the policy.</param>
    /// <param name="policy">Without faults.</param>
    /// <param name="models">By their names.</param>
    /// <param name="question">The request.</param>
    public PolicyVerdict Decide(string name, PolicyOptions policy, IReadOnlyDictionary<string, ModelOptions> models, in PolicyQuestion question)
    {
        if (policy.Model is { } only)
            return new PolicyVerdict(only, "fixed");

        var (cheap, expert) = CheapOf(policy, question);
        var large = policy.Large!;
        // What the classifier guessed is no word for certain: the gain is told from the probabilities of all tasks, as it was measured.
        var kind = question.Message.Task is { } task && TaskKinds.TryParse(task, out var known) ? known : TaskKind.Unknown;
        double? gain = question.Message.Operation == RequestOperation.Embeddings ? null : gains.Predict(question.Prompt.Classifier, kind);
        var choice = new PolicyVerdict(cheap, "") { Cheap = cheap, Large = large, LastResort = large };
        if (gain is { } value)
            choice = choice with { Gain = Math.Round(value, 3), RoutingModel = gains.ModelVersion };
        var said = expert is null ? question.Said : $"{question.Said}, {expert}";
        if (FindRule(policy, question) is (var rule, var number))
        {
            choice = choice with { Rule = number };
            said = $"{said}, rule {number}";
            if (rule.Model is { } model)
                return ToRuleModel(choice, model, models[model], question, said);
            if (rule.Tier == Large)
                return choice with { Model = large, Why = $"{said} → large" };
            if (rule.Tier == Cheap)
                return WhyTooLong(policy, models[cheap], question) is { } tooLong
                    ? OnlyLarge(choice, $"{said}, {tooLong} → large")
                    : choice with { Why = $"{said} → cheap", IsChecked = policy.Cascade is not null };
        }

        if (WhyTooLong(policy, models[cheap], question) is { } limit)
            return OnlyLarge(choice, $"{said}, {limit} → large");
        // Only what both can answer is drawn: the tiers are compared on requests of the same kind, and a lot must not cost an answer.
        if (Drawn(policy, choice, question, said) is { } drawn && question.CanBeServedBy(cheap) && question.CanBeServedBy(large))
            return drawn;
        // A cascade finds out by itself what the cheap model cannot do, unless its tasks are named.
        var isByTask = policy.Auto is null && (policy.Cascade is null || policy.CheapTasks is not null || gain is null);
        if (isByTask && WhyNotCheapTask(policy, question) is { } hard)
            return choice with { Model = large, Why = $"{said}{hard} → large" };
        if (gain is { } expected)
        {
            // What the cheap model cannot do is no choice, and counts in no share.
            if (policy.Auto is { } auto && question.CanBeServedBy(cheap))
            {
                var isWorthIt = IsWorthIt(name, auto, choice, expected, question, out var threshold);
                choice = choice with { Threshold = Math.Round(threshold, 3) };
                if (isWorthIt)
                    return choice with { Model = large, Why = $"{said}, gain {Text(expected)} of {Text(threshold)} → large" };
            }

            if (policy.Cascade?.SkipAboveGain is { } most)
            {
                if (expected >= most)
                    return choice with { Model = large, Threshold = most, Why = $"{said}, gain {Text(expected)} of {Text(most)} → large" };
                choice = choice with { Threshold = choice.Threshold is { } lower ? Math.Min(lower, most) : most };
            }

            if (!isByTask)
                said = choice.Threshold is { } wanted ? $"{said}, gain {Text(expected)} of {Text(wanted)}" : $"{said}, gain {Text(expected)}";
        }

        return choice with { Why = $"{said} → cheap", IsChecked = policy.Cascade is not null };
    }

    /// <summary>The first that fits, counted from 1.</summary>
    private static (RuleOptions Rule, int Number)? FindRule(PolicyOptions policy, in PolicyQuestion question)
    {
        var task = question.TaskIfSure(policy.MinConfidence);
        for (var i = 0; i < policy.Rules.Count; i++)
        {
            if (PolicyRule.Fits(policy.Rules[i], task, question))
                return (policy.Rules[i], i + 1);
        }

        return null;
    }

    /// <summary>A rule that names a model leaves no choice, except where the prompt is too long for it.</summary>
    private static PolicyVerdict ToRuleModel(PolicyVerdict choice, string model, ModelOptions options, in PolicyQuestion question, string said)
    {
        var only = choice with { Model = model, Cheap = null, Large = null };
        return question.Prompt.Tokens > options.ContextWindow
            ? only with { Model = choice.Large!, Why = $"{said}, {model} takes {options.ContextWindow} of {question.Prompt.Tokens} tokens → large" }
            : only with { Why = said };
    }

    /// <summary>What the cheap model has no room for leaves no choice: it is neither saved nor wasted.</summary>
    private static PolicyVerdict OnlyLarge(PolicyVerdict choice, string why) => choice with { Model = choice.Large!, Cheap = null, Large = null, Why = why };

    /// <summary>For a part of the requests a lot decides, so that both tiers are seen on requests of the same kind.</summary>
    private static PolicyVerdict? Drawn(PolicyOptions policy, PolicyVerdict choice, in PolicyQuestion question, string said)
    {
        if (policy.HoldOut <= 0 || StableShare.Of("hold-out", question.RequestId) is var lot && lot >= policy.HoldOut)
            return null;
        return lot < policy.HoldOut / 2
            ? choice with { Arm = Cheap, Why = $"{said}, by lot → cheap" }
            : choice with { Model = choice.Large!, Arm = Large, Why = $"{said}, by lot → large" };
    }

    private bool IsWorthIt(string name, AutoOptions auto, PolicyVerdict choice, double gain, in PolicyQuestion question, out double threshold)
    {
        if (auto.Threshold is { } fixedThreshold)
        {
            threshold = fixedThreshold;
            return gain >= threshold;
        }

        var history = HistoryOf(name);
        history.Add(gain, EstimateOn(choice.Cheap!, question), EstimateOn(choice.Large!, question));
        var cut = auto switch
        {
            { LargeShare: { } share } => history.ForShare(share),
            { KeepQuality: { } part } => history.ForGain(part),
            _ => history.ForAverage((double)auto.MaxAverageUsd.GetValueOrDefault()),
        };
        threshold = cut.Gain;
        return cut.IsAbove(gain, StableShare.Of("gain", question.RequestId));
    }

    /// <summary>Gains of one model are on another scale than those of the next: with a new model a policy's history begins anew.</summary>
    private GainHistory HistoryOf(string policy)
    {
        var model = gains.Model;
        var kept = histories.GetOrAdd(policy, static (_, model) => new ModelHistory(model, new GainHistory(model.Gain.ThresholdFor)), model);
        if (ReferenceEquals(kept.Model, model))
            return kept.History;

        var next = new ModelHistory(model, new GainHistory(model.Gain.ThresholdFor));
        return histories.TryUpdate(policy, next, kept) ? next.History : HistoryOf(policy);
    }

    /// <summary>At most: with all the answer that it allows.</summary>
    private static decimal? EstimateOn(string model, in PolicyQuestion question) =>
        question.Catalog.DeploymentsOf(model) is [var first, ..]
            ? first.PriceAt(question.Now)?.Estimate(question.Prompt.Tokens, question.Prompt.OutputLimit(first.MaxOutputTokens))
            : null;

    private static (string Model, string? Expert) CheapOf(PolicyOptions policy, in PolicyQuestion question)
    {
        if (question.TaskIfSure(policy.MinConfidence) is not { } task || !policy.Experts.TryGetValue(task, out var expert))
            return (policy.Cheap!, null);
        if (question.Pair.Name is { } pair && expert.Pairs.TryGetValue(pair, out var ofPair))
            return (ofPair, $"expert for {pair}");
        return expert.Model is { } model ? (model, "expert") : (policy.Cheap!, null);
    }

    private static string? WhyNotCheapTask(PolicyOptions policy, in PolicyQuestion question)
    {
        if (question.TaskIfSure(policy.MinConfidence) is not { } task)
            return ", not sure enough";
        return (policy.CheapTasks ?? DefaultCheapTasks).Contains(task) || policy.Experts.ContainsKey(task) ? null : "";
    }

    private static string? WhyTooLong(PolicyOptions policy, ModelOptions cheap, in PolicyQuestion question)
    {
        var limit = Math.Min(policy.MaxCheapPromptTokens, cheap.ContextWindow ?? int.MaxValue);
        return question.Prompt.Tokens > limit ? $"{question.Prompt.Tokens} tokens over {limit}" : null;
    }

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private sealed record ModelHistory(RoutingModel Model, GainHistory History);
}

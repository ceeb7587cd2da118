using System.Text.RegularExpressions;
using LlmBroker.Messaging;
using LlmBroker.Providers;
using LlmBroker.Routing.Policies;

namespace LlmBroker.Configuration;

/// <summary>Rules for how a policy chooses: its rules, experts, expected gain, cascade and lot.</summary>
internal static partial class PolicyValidator
{
    private static readonly string[] RuleTiers = [.. CatalogValidator.Tiers, PolicyRule.Auto];

    public static void Check(PolicyOptions policy, string path, BrokerOptions options, FindingList faults)
    {
        if (policy.Model is not null)
        {
            CheckFixed(policy, path, faults);
            return;
        }

        foreach (var (index, rule) in policy.Rules.Index())
            CheckRule(rule, $"{path}.rules[{index}]", options, faults);
        foreach (var (task, expert) in policy.Experts)
            CheckExpert(task, expert, ConfigurationPath.Of($"{path}.experts", task), options, faults);
        if (policy.Auto is { } auto)
            CheckAuto(policy, auto, path, faults);
        if (policy.Cascade is { } cascade)
            CheckCascade(policy, cascade, $"{path}.cascade", options, faults);
        if (policy.Cheap is { } same && same == policy.Large && (policy.Auto is not null || policy.Cascade is not null || policy.HoldOut > 0))
            faults.Add($"{path}.large", $"'{same}' is the cheap model too, which leaves auto, cascade and holdOut nothing to choose; name another");
        faults.Range($"{path}.holdOut", policy.HoldOut, 0, 1);
    }

    /// <summary>Validators that cascades name and nobody has; whoever runs cascades knows those of one's own only when they are registered.</summary>
    public static IReadOnlyList<ConfigurationFinding> FindUnknownValidators(BrokerOptions options, IReadOnlyCollection<string> known)
    {
        var faults = new FindingList();
        foreach (var (name, policy) in options.Policies)
        {
            foreach (var (index, validator) in (policy.Cascade?.Validators ?? []).Index())
            {
                if (known.Contains(validator))
                    continue;
                var hint = NearestName.Of(validator, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {ValueText.ListOf(known)}.";
                faults.Add($"{ConfigurationPath.Of("policies", name)}.cascade.validators[{index}]", $"there is no validator '{validator}'; {hint} Else register it");
            }
        }

        return faults;
    }

    private static void CheckFixed(PolicyOptions policy, string path, FindingList faults)
    {
        Check("rules", policy.Rules.Count > 0);
        Check("experts", policy.Experts.Count > 0);
        Check("auto", policy.Auto is not null);
        Check("cascade", policy.Cascade is not null);
        Check("holdOut", policy.HoldOut != 0);

        void Check(string name, bool isSet)
        {
            if (isSet)
                faults.Add($"{path}.{name}", "is set beside model, which leaves nothing to choose; remove one of the two");
        }
    }

    private static void CheckRule(RuleOptions rule, string path, BrokerOptions options, FindingList faults)
    {
        if ((rule.Model is null) == (rule.Tier is null))
            faults.Add(path, rule.Model is null ? "leads nowhere; give model or tier" : "has model and tier; keep one of the two");
        if (rule.Tier is { } tier && !RuleTiers.Contains(tier))
            faults.Add($"{path}.tier", $"'{tier}' is no tier; write one of {string.Join(", ", RuleTiers)}");
        CatalogValidator.CheckServed(rule.Model, $"{path}.model", options, faults);
        CheckWords($"{path}.tasks", rule.Tasks, [.. CatalogValidator.Tasks, PolicyRule.UnknownTask], "task", faults);
        CheckWords($"{path}.lanes", rule.Lanes, Lane.All, "lane", faults);
        foreach (var (index, tenant) in rule.Tenants.Index())
            faults.NotEmpty($"{path}.tenants[{index}]", tenant);
        faults.NotEmpty($"{path}.metadata", rule.Metadata.Keys.FirstOrDefault(string.IsNullOrWhiteSpace));
        CheckWords($"{path}.needs", rule.Needs, [.. CapabilityNames.All.Select(one => one.Name)], "capability", faults);
        CheckLanguages($"{path}.from", rule.From, faults);
        CheckLanguages($"{path}.to", rule.To, faults);
        faults.Range($"{path}.minPromptTokens", rule.MinPromptTokens, 0, int.MaxValue);
        if (rule.MaxPromptTokens < rule.MinPromptTokens)
            faults.Add($"{path}.maxPromptTokens", $"{rule.MaxPromptTokens} is less than minPromptTokens, {rule.MinPromptTokens}, so that nothing fits; raise it or lower that");
    }

    private static void CheckExpert(string task, ExpertOptions expert, string path, BrokerOptions options, FindingList faults)
    {
        if (!CatalogValidator.Tasks.Contains(task))
            faults.Add(path, $"'{task}' is no known task; write one of {string.Join(", ", CatalogValidator.Tasks)}");
        if (expert is { Model: null, Pairs.Count: 0 })
            faults.Add(path, "names no model; give model, or pairs of languages with their models");
        CatalogValidator.CheckServed(expert.Model, $"{path}.model", options, faults);
        if (expert.Pairs.Count > 0 && task != "translation")
            faults.Add($"{path}.pairs", $"only translations have a pair of languages, not {task}; give model");
        foreach (var (pair, model) in expert.Pairs)
        {
            var pairPath = ConfigurationPath.Of($"{path}.pairs", pair);
            if (!Pair().IsMatch(pair))
                faults.Add(pairPath, $"'{pair}' is no pair of languages; write source and target in ISO 639-1, such as en-zh");
            CatalogValidator.CheckServed(model, pairPath, options, faults);
        }
    }

    private static void CheckAuto(PolicyOptions policy, AutoOptions auto, string path, FindingList faults)
    {
        var given = new[] { auto.Threshold, auto.LargeShare, auto.KeepQuality, (double?)auto.MaxAverageUsd }.Count(value => value is not null);
        if (given != 1)
            faults.Add($"{path}.auto", given == 0 ? "says nothing; give one of threshold, largeShare, maxAverageUsd and keepQuality" : "gives more than one of threshold, largeShare, maxAverageUsd and keepQuality; keep one");
        faults.Range($"{path}.auto.threshold", auto.Threshold ?? 0, 0, 1);
        faults.Range($"{path}.auto.largeShare", auto.LargeShare ?? 0, 0, 1);
        faults.Range($"{path}.auto.keepQuality", auto.KeepQuality ?? 0, 0, 1);
        faults.Range($"{path}.auto.maxAverageUsd", auto.MaxAverageUsd ?? 0, 0, 1000);
        if (policy.CheapTasks is not null)
            faults.Add($"{path}.cheapTasks", "is set beside auto, which chooses by the expected gain; remove one of the two, or write the tasks as rules");
    }

    private static void CheckCascade(PolicyOptions policy, CascadeOptions cascade, string path, BrokerOptions options, FindingList faults)
    {
        if (cascade is { Validators.Count: 0, Judge: null })
            faults.Add(path, "checks nothing; name validators or a judge, or leave validators out for all of them");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, name) in (cascade.Validators ?? []).Index())
        {
            if (!seen.Add(name))
                faults.Add($"{path}.validators[{index}]", $"'{name}' is already there; remove it");
            else if (CascadeValidatorNames.All.FirstOrDefault(known => known != name && known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } meant)
                faults.Add($"{path}.validators[{index}]", $"there is no validator '{name}'; did you mean '{meant}'?");
            if (string.IsNullOrWhiteSpace(name))
                faults.Add($"{path}.validators[{index}]", $"is empty; write one of {string.Join(", ", CascadeValidatorNames.All)}, or the name of your own");
        }

        faults.Range($"{path}.skipAboveGain", cascade.SkipAboveGain ?? 0, 0, 1);
        if (cascade.Judge is not { } judge)
            return;
        CatalogValidator.CheckServed(judge.Model, $"{path}.judge.model", options, faults);
        if (AnswersFirst(policy).Contains(judge.Model))
            faults.Add($"{path}.judge.model", $"'{judge.Model}' would judge its own answers; name a model that is neither cheap nor an expert");
        faults.Range($"{path}.judge.minScore", judge.MinScore, 0, 10);
        faults.Range($"{path}.judge.share", judge.Share, 0, 1);
    }

    /// <summary>The models whose answers a cascade looks at.</summary>
    private static IEnumerable<string?> AnswersFirst(PolicyOptions policy) =>
        policy.Experts.Values.SelectMany(expert => expert.Pairs.Values.Append(expert.Model)).Append(policy.Cheap).Where(model => model is not null);

    private static void CheckWords(string path, IReadOnlyList<string> words, IReadOnlyList<string> known, string kind, FindingList faults)
    {
        foreach (var (index, word) in words.Index())
        {
            if (!known.Contains(word))
                faults.Add($"{path}[{index}]", $"'{word}' is no known {kind}; write one of {string.Join(", ", known)}");
        }
    }

    private static void CheckLanguages(string path, IReadOnlyList<string> languages, FindingList faults)
    {
        foreach (var (index, language) in languages.Index())
        {
            if (!Language().IsMatch(language))
                faults.Add($"{path}[{index}]", $"'{language}' is no language in ISO 639-1; write two small letters, such as en or zh");
        }
    }

    [GeneratedRegex(@"^[a-z]{2}-[a-z]{2}\z")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^[a-z]{2}\z")]
    private static partial Regex Language();
}

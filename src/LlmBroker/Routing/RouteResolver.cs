using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Policies;

namespace LlmBroker.Routing;

/// <summary>Picks the deployment of a request from the configuration in force, and says why. Changes nothing but counts of what it chose.</summary>
internal sealed class RouteResolver(
    LiveConfiguration live, ITaskClassifier classifier, PolicyDecider policies, LanguageDetector languages, FleetView fleet, DeploymentHolds holds, TimeProvider time)
{
    private static readonly string TranslationTask = TaskKind.Translation.ToWire();

    /// <param name="message">The request.</param>
    /// <param name="prompt">What was read of its body.</param>
    /// <param name="requestId">Decides what goes by shares and by lot.</param>
    /// <param name="lane">Whose pauses count.</param>
    /// <param name="tenant">Whose policy counts; null: nobody's.</param>
    /// <returns>The route, or why there is none.</returns>
    public Resolution Resolve(SubmitInference message, Prompt prompt, string requestId, string lane, string? tenant = null)
    {
        var current = live.Current;
        var options = current.Options;
        var choice = new Choice(requestId, lane, options.Lanes.Of(lane).Patience, prompt, time.GetUtcNow());
        var prediction = message.Task is null && message.Operation != RequestOperation.Embeddings
            ? classifier.Classify(prompt.Classifier)
            : default;
        var task = message.Task ?? (prediction.Task == TaskKind.Unknown ? null : prediction.Task.ToWire());
        double? confidence = message.Task is null && task is not null ? Math.Round(prediction.Confidence, 3) : null;
        var decided = new Route { Deployment = "", Model = "", Task = task, TaskConfidence = confidence, Reason = "" };
        var fit = new DeploymentFit(message.Body, message.Operation);

        if ((message.Model ?? (message.Policy is null ? BodyModel(message) : null)) is { } named)
            return ToNamed(current, choice, fit, decided, named, message.Model is null ? "body.model" : "model");

        var ofTenant = tenant is null ? null : options.Tenants.GetValueOrDefault(tenant)?.DefaultPolicy;
        var policyName = message.Policy ?? ofTenant ?? options.Routing.DefaultPolicy;
        if (policyName is null)
        {
            return options.Routing.DefaultModel is { } model
                ? ToModel(current, choice, fit, decided, model, policy: null, "default model")
                : new(null, new Refusal(FailureReason.InvalidRequest, "The request names neither 'model' nor 'policy', and no default is configured."));
        }

        if (!options.Policies.TryGetValue(policyName, out var policy))
            return new(null, new Refusal(FailureReason.UnknownPolicy, $"Policy '{policyName}' is not configured; known: {List(options.Policies.Keys)}."));

        var pair = task == TranslationTask && policy.AsksForLanguages ? TranslationPair.Read(prompt.Classifier, languages) : default;
        var question = new PolicyQuestion(
            message, requestId, tenant, lane, prompt, task, confidence, Said(task, confidence, prediction), pair, fit, current.Catalog, choice.Now);
        var verdict = policies.Decide(policyName, policy, options.Models, question);
        decided = decided with
        {
            Policy = policyName,
            Gain = verdict.Gain,
            SourceLanguage = pair.Source,
            TargetLanguage = pair.Target,
            Arm = verdict.Arm,
            CheapModel = verdict.Cheap,
            LargeModel = verdict.Large,
        };
        // What neither the cheap model nor a fallback can do, the large one is asked for.
        return ToModel(current, choice, fit, decided, verdict.Model, policy, $"policy {policyName}: {verdict.Why}", verdict: verdict);
    }

    private static string Said(string? task, double? confidence, TaskPrediction prediction) => confidence is { } sure
        ? string.Create(CultureInfo.InvariantCulture, $"task {task} ({prediction.Reason}, {sure:0.00})")
        : $"task {task ?? "unknown"}";

    /// <summary>A model by its name, or the default model of a provider account by the account's.</summary>
    private Resolution ToNamed(
        ConfigurationSnapshot current, in Choice choice, DeploymentFit fit, Route decided, string name, string reason) =>
        !current.Options.Models.ContainsKey(name)
            && current.Options.Providers.TryGetValue(name, out var provider) && provider.DefaultModel is { } model
                ? ToModel(current, choice, fit, decided, model, policy: null, $"{reason}: default of {name}", account: name)
                : ToModel(current, choice, fit, decided, name, policy: null, reason);

    private Resolution ToModel(
        ConfigurationSnapshot current,
        in Choice choice,
        DeploymentFit fit,
        Route decided,
        string model,
        PolicyOptions? policy,
        string reason,
        string? account = null,
        PolicyVerdict? verdict = null)
    {
        var catalog = current.Catalog;
        var deployments = Rank(current, choice, policy, model);
        if (account is not null)
            deployments = [.. deployments.OrderBy(deployment => deployment.Provider == account ? 0 : 1)];
        if (deployments.Count == 0)
        {
            var known = List(catalog.Deployments.Select(deployment => deployment.Model).Distinct());
            return new(null, new Refusal(FailureReason.UnknownModel, $"Model '{model}' is not configured; known: {known}."));
        }

        var ranked = deployments.ToList();
        foreach (var fallback in (policy?.AllFallbackModels ?? []).Where(name => name != model))
            ranked.AddRange(Rank(current, choice, policy, fallback));
        var candidates = fit.Keep(ranked);
        if (candidates.Count == 0 && verdict?.LastResort is { } last && last != model)
        {
            candidates = fit.Keep(Rank(current, choice, policy, last));
            // Only it can: that leaves no choice.
            decided = decided with { CheapModel = null, LargeModel = null };
        }

        if (candidates is not [var chosen, .. var fallbacks])
            return new(null, new Refusal(FailureReason.Unsupported, $"No deployment of model '{model}' can do what the request asks for{fit.LeftOut}."));

        // Only an answer of the very model that was chosen for its price is looked at.
        IReadOnlyList<string> escalateTo = verdict is { IsChecked: true, Large: { } next } && chosen.Model == verdict.Cheap
            ? [.. fit.Keep(Rank(current, choice, policy, next)).Select(deployment => deployment.Name)]
            : [];
        var strategy = StrategyOf(current.Options, policy, chosen.Model);
        if (strategy == DeploymentStrategy.LeastInFlight)
            fleet.Current.CountSent(chosen.Name);
        var route = decided with
        {
            Deployment = chosen.Name,
            Model = chosen.Model,
            Tier = chosen.Tier,
            Fallbacks = [.. fallbacks.Select(deployment => deployment.Name)],
            EscalateTo = escalateTo,
            Reason = $"{reason}{fit.LeftOut} → {chosen.Name}{Note(chosen, deployments, strategy, choice)}",
        };
        return new(route, null, DecisionOf(route, candidates, choice, fit, verdict));
    }

    /// <summary>Null where nothing was decided: a model was named, and every deployment of it can serve.</summary>
    private Decision? DecisionOf(Route route, List<Deployment> candidates, in Choice choice, DeploymentFit fit, PolicyVerdict? verdict)
    {
        if (verdict is null && fit.Dropped.Count == 0)
            return null;
        var noted = new DecisionCandidate[candidates.Count];
        for (var i = 0; i < noted.Length; i++)
            noted[i] = new DecisionCandidate(candidates[i].Name, candidates[i].Tier, DeploymentChooser.NoteOn(candidates[i], choice, holds));
        return DecisionOf(route, noted, choice.Prompt, fit, verdict);
    }

    private static Decision DecisionOf(
        Route route, IReadOnlyList<DecisionCandidate> candidates, in Prompt prompt, DeploymentFit fit, PolicyVerdict? verdict) => new()
    {
        PromptTokens = prompt.Tokens,
        Task = route.Task,
        Confidence = route.TaskConfidence,
        Gain = route.Gain,
        Threshold = verdict?.Threshold is { } threshold ? Math.Round(threshold, 3) : null,
        Pair = new TranslationPair(route.SourceLanguage, route.TargetLanguage).Name,
        Needs = fit.Needs == ModelCapabilities.None ? null : CapabilityNames.Of(fit.Needs),
        Policy = route.Policy,
        Rule = verdict?.Rule,
        Candidates = candidates,
        Dropped = fit.Dropped.Count == 0 ? null : fit.Dropped,
        EscalateTo = route.EscalateTo.Count == 0 ? null : route.EscalateTo,
        RoutingModel = verdict?.RoutingModel,
    };

    private IReadOnlyList<Deployment> Rank(ConfigurationSnapshot current, in Choice choice, PolicyOptions? policy, string model) =>
        DeploymentChooser.Rank(current.Catalog.DeploymentsOf(model), StrategyOf(current.Options, policy, model), choice, fleet.Current, holds);

    private static string StrategyOf(BrokerOptions options, PolicyOptions? policy, string model) =>
        policy?.Strategy ?? (options.Models.TryGetValue(model, out var found) ? found.Strategy : DeploymentStrategy.Order);

    /// <summary>What else than the order of preference decided, if anything did.</summary>
    private static string Note(Deployment chosen, IReadOnlyList<Deployment> deployments, string strategy, in Choice choice)
    {
        if (chosen.Options.Lanes.Of(choice.Lane) is var state && state != LaneState.Open)
            return $" ({state}, and so is whoever else serves it)";
        if (deployments.Count < 2)
            return "";
        if (DeploymentChooser.IsCanary(chosen, choice.RequestId))
            return " (canary)";
        return strategy == DeploymentStrategy.Order ? "" : $" ({strategy})";
    }

    private static string? BodyModel(SubmitInference message) =>
        message.Body.TryGetProperty("model", out var model) && model.ValueKind == System.Text.Json.JsonValueKind.String ? model.GetString() : null;

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal).Take(20));
}

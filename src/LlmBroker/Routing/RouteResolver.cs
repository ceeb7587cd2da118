using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Models;

namespace LlmBroker.Routing;

/// <summary>Picks the deployment of a request from the configuration in force, and says why. Changes nothing but a count of what it chose.</summary>
internal sealed class RouteResolver(LiveConfiguration live, ITaskClassifier classifier, FleetView fleet, DeploymentHolds holds, TimeProvider time)
{
    private static readonly string[] DefaultCheapTasks = ["translation", "summarization", "classification", "extraction", "rewriting"];

    /// <param name="message">The request.</param>
    /// <param name="prompt">What was read of its body.</param>
    /// <param name="requestId">Decides what goes by shares.</param>
    /// <param name="lane">Whose pauses count.</param>
    /// <returns>The route, or why there is none.</returns>
    public (Route? Route, Refusal? Refusal) Resolve(SubmitInference message, Prompt prompt, string requestId, string lane)
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

        var policyName = message.Policy ?? options.Routing.DefaultPolicy;
        if (policyName is null)
        {
            return options.Routing.DefaultModel is { } model
                ? ToModel(current, choice, fit, decided, model, policy: null, "default model")
                : (null, new Refusal(FailureReason.InvalidRequest, "The request names neither 'model' nor 'policy', and no default is configured."));
        }

        if (!options.Policies.TryGetValue(policyName, out var policy))
            return (null, new Refusal(FailureReason.UnknownPolicy, $"Policy '{policyName}' is not configured; known: {List(options.Policies.Keys)}."));

        decided = decided with { Policy = policyName };
        if (policy.Model is { } only)
            return ToModel(current, choice, fit, decided, only, policy, $"policy {policyName}: fixed");

        var (tierModel, why) = ChooseTier(options, policy, task, confidence, prediction, prompt);
        // What neither the cheap model nor a fallback can do, the large one is asked for.
        return ToModel(current, choice, fit, decided, tierModel, policy, $"policy {policyName}: {why}", lastResort: policy.Large);
    }

    private static (string Model, string Why) ChooseTier(
        BrokerOptions options, PolicyOptions policy, string? task, double? confidence, TaskPrediction prediction, Prompt prompt)
    {
        var said = confidence is { } sure
            ? string.Create(CultureInfo.InvariantCulture, $"task {task} ({prediction.Reason}, {sure:0.00})")
            : $"task {task ?? "unknown"}";

        if (task is null || confidence < policy.MinConfidence)
            return (policy.Large!, $"{said}, not sure enough → large");

        if (!(policy.CheapTasks ?? DefaultCheapTasks).Contains(task))
            return (policy.Large!, $"{said} → large");

        var limit = Math.Min(policy.MaxCheapPromptTokens, options.Models[policy.Cheap!].ContextWindow ?? int.MaxValue);
        return prompt.Tokens > limit
            ? (policy.Large!, $"{said}, {prompt.Tokens} tokens over {limit} → large")
            : (policy.Cheap!, $"{said} → cheap");
    }

    /// <summary>A model by its name, or the default model of a provider account by the account's.</summary>
    private (Route? Route, Refusal? Refusal) ToNamed(
        ConfigurationSnapshot current, in Choice choice, DeploymentFit fit, Route decided, string name, string reason) =>
        !current.Options.Models.ContainsKey(name)
            && current.Options.Providers.TryGetValue(name, out var provider) && provider.DefaultModel is { } model
                ? ToModel(current, choice, fit, decided, model, policy: null, $"{reason}: default of {name}", account: name)
                : ToModel(current, choice, fit, decided, name, policy: null, reason);

    private (Route? Route, Refusal? Refusal) ToModel(
        ConfigurationSnapshot current,
        in Choice choice,
        DeploymentFit fit,
        Route decided,
        string model,
        PolicyOptions? policy,
        string reason,
        string? account = null,
        string? lastResort = null)
    {
        var catalog = current.Catalog;
        var deployments = Rank(current, choice, policy, model);
        if (account is not null)
            deployments = [.. deployments.OrderBy(deployment => deployment.Provider == account ? 0 : 1)];
        if (deployments.Count == 0)
        {
            var known = List(catalog.Deployments.Select(deployment => deployment.Model).Distinct());
            return (null, new Refusal(FailureReason.UnknownModel, $"Model '{model}' is not configured; known: {known}."));
        }

        var ranked = deployments.ToList();
        foreach (var fallback in (policy?.AllFallbackModels ?? []).Where(name => name != model))
            ranked.AddRange(Rank(current, choice, policy, fallback));
        var candidates = fit.Keep(ranked);
        if (candidates.Count == 0 && lastResort is not null && lastResort != model)
            candidates = fit.Keep(Rank(current, choice, policy, lastResort));
        if (candidates is not [var chosen, .. var fallbacks])
            return (null, new Refusal(FailureReason.Unsupported, $"No deployment of model '{model}' can do what the request asks for{fit.LeftOut}."));

        var strategy = StrategyOf(current.Options, policy, chosen.Model);
        if (strategy == DeploymentStrategy.LeastInFlight)
            fleet.Current.CountSent(chosen.Name);
        return (decided with
        {
            Deployment = chosen.Name,
            Model = chosen.Model,
            Tier = chosen.Tier,
            Fallbacks = [.. fallbacks.Select(deployment => deployment.Name)],
            Reason = $"{reason}{fit.LeftOut} → {chosen.Name}{Note(chosen, deployments, strategy, choice)}",
        }, null);
    }

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

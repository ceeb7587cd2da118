using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Models;

namespace LlmBroker.Routing;

/// <summary>Picks the deployment of a request from the configuration, and says why. Pure.</summary>
internal sealed class RouteResolver(BrokerOptions options, ModelCatalog catalog, ITaskClassifier classifier)
{
    private static readonly string[] DefaultCheapTasks = ["translation", "summarization", "classification", "extraction", "rewriting"];

    /// <returns>The route, or why there is none.</returns>
    public (Route? Route, Refusal? Refusal) Resolve(SubmitInference message, Prompt prompt)
    {
        var prediction = message.Task is null && message.Operation != RequestOperation.Embeddings
            ? classifier.Classify(prompt.Classifier)
            : default;
        var task = message.Task ?? (prediction.Task == TaskKind.Unknown ? null : prediction.Task.ToWire());
        double? confidence = message.Task is null && task is not null ? Math.Round(prediction.Confidence, 3) : null;
        var decided = new Route { Deployment = "", Model = "", Task = task, TaskConfidence = confidence, Reason = "" };
        var fit = new DeploymentFit(message.Body, message.Operation);

        if ((message.Model ?? (message.Policy is null ? BodyModel(message) : null)) is { } named)
            return ToModel(decided, fit, named, [], message.Model is null ? "body.model" : "model", FailureReason.UnknownModel);

        var policyName = message.Policy ?? options.Routing.DefaultPolicy;
        if (policyName is null)
        {
            return options.Routing.DefaultModel is { } model
                ? ToModel(decided, fit, model, [], "default model", FailureReason.UnknownModel)
                : (null, new Refusal(FailureReason.InvalidRequest, "The request names neither 'model' nor 'policy', and no default is configured."));
        }

        if (!options.Policies.TryGetValue(policyName, out var policy))
            return (null, new Refusal(FailureReason.UnknownPolicy, $"Policy '{policyName}' is not configured; known: {List(options.Policies.Keys)}."));

        decided = decided with { Policy = policyName };
        if (policy.Model is { } only)
            return ToModel(decided, fit, only, policy.FallbackModels, $"policy {policyName}: fixed", FailureReason.UnknownModel);

        var (tierModel, why) = ChooseTier(policy, task, confidence, prediction, prompt);
        // What neither the cheap model nor a fallback can do, the large one is asked for.
        return ToModel(decided, fit, tierModel, policy.FallbackModels, $"policy {policyName}: {why}", FailureReason.UnknownModel, lastResort: policy.Large);
    }

    private (string Model, string Why) ChooseTier(PolicyOptions policy, string? task, double? confidence, TaskPrediction prediction, Prompt prompt)
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

    private (Route? Route, Refusal? Refusal) ToModel(
        Route decided, DeploymentFit fit, string model, IReadOnlyList<string> fallbackModels, string reason, FailureReason unknown, string? lastResort = null)
    {
        var deployments = catalog.DeploymentsOf(model);
        if (deployments.Count == 0)
            return (null, new Refusal(unknown, $"Model '{model}' is not configured; known: {List(catalog.Deployments.Select(deployment => deployment.Model).Distinct())}."));

        var candidates = fit.Keep(deployments.Concat(fallbackModels.Where(name => name != model).SelectMany(catalog.DeploymentsOf)));
        if (candidates.Count == 0 && lastResort is not null && lastResort != model)
            candidates = fit.Keep(catalog.DeploymentsOf(lastResort));
        if (candidates is not [var chosen, .. var fallbacks])
            return (null, new Refusal(FailureReason.Unsupported, $"No deployment of model '{model}' can do what the request asks for{fit.LeftOut}."));

        return (decided with
        {
            Deployment = chosen.Name,
            Model = chosen.Model,
            Tier = chosen.Tier,
            Fallbacks = [.. fallbacks.Select(deployment => deployment.Name)],
            Reason = $"{reason}{fit.LeftOut} → {chosen.Name}",
        }, null);
    }

    private static string? BodyModel(SubmitInference message) =>
        message.Body.TryGetProperty("model", out var model) && model.ValueKind == System.Text.Json.JsonValueKind.String ? model.GetString() : null;

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal).Take(20));
}

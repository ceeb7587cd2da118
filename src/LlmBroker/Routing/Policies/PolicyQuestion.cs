using LlmBroker.Contracts;
using LlmBroker.Models;
using LlmBroker.Routing.Languages;

namespace LlmBroker.Routing.Policies;

/// <summary>What a policy is asked about.</summary>
/// <param name="Message">The request.</param>
/// <param name="RequestId">Decides what goes by lot.</param>
/// <param name="Tenant">Who published it; null when nobody asked.</param>
/// <param name="Lane">Its lane.</param>
/// <param name="Prompt">What was read of its body.</param>
/// <param name="Task">Kind of work; null: unknown.</param>
/// <param name="Confidence">The classifier's; null when the producer said the task, or nobody knows it.</param>
/// <param name="Said">Task and confidence in words.</param>
/// <param name="Pair">Of a translation.</param>
/// <param name="Fit">Tells what it needs, and who can do that.</param>
/// <param name="Catalog">The deployments, for their prices.</param>
/// <param name="Now">For the price of the day.</param>
internal readonly record struct PolicyQuestion(
    SubmitInference Message,
    string RequestId,
    string? Tenant,
    string Lane,
    Prompt Prompt,
    string? Task,
    double? Confidence,
    string Said,
    TranslationPair Pair,
    DeploymentFit Fit,
    ModelCatalog Catalog,
    DateTimeOffset Now)
{
    /// <summary>The task, unless the classifier was less sure of it than the policy wants.</summary>
    public string? TaskIfSure(double minConfidence) => Confidence < minConfidence ? null : Task;

    /// <summary>Whether anybody who serves the model can do what the request asks for.</summary>
    public bool CanBeServedBy(string model) => Fit.CanServe(Catalog.DeploymentsOf(model));
}

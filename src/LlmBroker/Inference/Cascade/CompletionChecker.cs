using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference.Cascade;

/// <summary>Puts an answer of the cheap model before the validators of its policy.</summary>
internal sealed partial class CompletionChecker(IEnumerable<ICompletionValidator> validators, ILogger<CompletionChecker> logger)
{
    private readonly Dictionary<string, ICompletionValidator> validators = Named(validators);

    /// <summary>The names that a configuration can use.</summary>
    public IReadOnlyCollection<string> Names => validators.Keys;

    /// <param name="run">Whose answer it is.</param>
    /// <param name="completion">The OpenAI response object.</param>
    /// <param name="names">In their order; null: all that are built in.</param>
    /// <returns>The first validator that found a fault, and the fault; null when the answer passes.</returns>
    public (string Validator, string Fault)? FindFault(RunInference run, JsonElement completion, IReadOnlyList<string>? names)
    {
        var body = run.Body.GetValueOrDefault();
        var input = Prompt.Read(body, run.Operation).Classifier;
        var answer = new CheckedCompletion(
            body, completion, input.Prompt, TranslationPair.TextOf(input), run.Route.Task, run.Route.SourceLanguage, run.Route.TargetLanguage);
        foreach (var name in names ?? CascadeValidatorNames.All)
        {
            if (!validators.TryGetValue(name, out var validator))
            {
                LogUnknown(name, run.Route.Policy);
                continue;
            }

            try
            {
                if (validator.FindFault(answer) is { } fault)
                    return (name, fault);
            }
            catch (Exception exception)
            {
                // A boundary: the code of others must not cost an answer that was paid for.
                LogFailed(exception, name, run.Tenant, run.RequestId);
            }
        }

        return null;
    }

    /// <summary>A plug-in of the same name takes the place of a built-in one.</summary>
    private static Dictionary<string, ICompletionValidator> Named(IEnumerable<ICompletionValidator> all)
    {
        var named = new Dictionary<string, ICompletionValidator>(StringComparer.Ordinal);
        foreach (var validator in all)
            named[validator.Name] = validator;
        return named;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No validator is named {Validator}, which policy {Policy} asks for; answers pass it. Register it, or take it out of cascade.validators")]
    private partial void LogUnknown(string validator, string? policy);

    [LoggerMessage(Level = LogLevel.Error, Message = "Validator {Validator} failed on {Tenant}/{RequestId}; the answer passes it")]
    private partial void LogFailed(Exception exception, string validator, string tenant, string requestId);
}

using LlmBroker.Cascade;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Providers;
using LlmBroker.Routing;
using LlmBroker.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference;

/// <summary>Looks at the answer of a cheap model under a cascade: the validators first, since they cost nothing, then the judge where there is one.</summary>
internal sealed partial class AnswerReview(
    LiveConfiguration configuration, CompletionValidators validators, AnswerJudge judge, ILogger<AnswerReview> logger)
{
    /// <summary>Whether an answer to this run is looked at: of the policy's cheap model and no fallback's, where there is a large one to ask instead.</summary>
    public static bool Concerns(RunInference run) =>
        run is { Shadow: false, Operation: RequestOperation.Chat, Route.EscalateTo.Count: > 0 } && run.Route.Model == run.Route.CheapModel;

    /// <summary>The verdict, which is also put on the end that is still to be written.</summary>
    public async Task<AnswerVerdict> LookAsync(RequestProgress progress, ProviderResult answer, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        // A policy that was taken away meanwhile leaves what needs no settings.
        var cascade = run.Route.Policy is { } policy ? configuration.Current.Options.Policies.GetValueOrDefault(policy)?.Cascade : null;
        var verdict = Validate(run, answer, cascade ?? new CascadeOptions());
        // A judge's word is put beside this one: should it not come, this one stands.
        progress.UnwrittenEnd = verdict.On(progress.UnwrittenEnd);
        if (verdict.IsAccepted && cascade?.Judge is { } options && StableShare.Of("judge", run.RequestId) < options.Share)
        {
            verdict = await judge.AskAsync(progress, answer, options, cancellationToken);
            // On the judge's own end, or on the answer's when no call was made.
            if (verdict.Refused is null)
                progress.UnwrittenEnd = verdict.On(progress.UnwrittenEnd);
        }

        if (verdict.Refused is null)
        {
            BrokerTelemetry.CountVerdict(verdict.Name, verdict.By);
            LogVerdict(run.Tenant, run.RequestId, verdict.Name, verdict.Words);
        }

        return verdict;
    }

    /// <summary>Every answer must pass, where several were asked for.</summary>
    private AnswerVerdict Validate(RunInference run, ProviderResult answer, CascadeOptions cascade)
    {
        var names = cascade.Validators ?? CascadeValidatorNames.All;
        foreach (var completion in CompletionReader.Read(run, answer.Body))
        {
            foreach (var name in names)
            {
                if (Reject(run, name, completion) is { } reason)
                    return new AnswerVerdict(false, name, reason);
            }
        }

        return new AnswerVerdict(true, AnswerVerdict.All);
    }

    private string? Reject(RunInference run, string name, CheckedCompletion completion)
    {
        if (validators.Find(name) is not { } validator)
        {
            LogUnknown(run.Route.Policy ?? "", name);
            return null;
        }

        try
        {
            return validator.Reject(completion);
        }
        catch (Exception exception)
        {
            // The answer is paid for; a bug in what looks at it is no fault of its.
            LogFaulty(exception, run.Tenant, run.RequestId, name);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Tenant}/{RequestId}: the answer is {Verdict} by {Words}")]
    private partial void LogVerdict(string tenant, string requestId, string verdict, string words);

    [LoggerMessage(Level = LogLevel.Error, Message = "Policy '{Policy}' names the validator '{Name}', which this process does not have; answers pass it. Register it by AddCompletionValidator, or take it out of the policy")]
    private partial void LogUnknown(string policy, string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tenant}/{RequestId}: the validator '{Name}' failed; the answer passes it")]
    private partial void LogFaulty(Exception exception, string tenant, string requestId, string name);
}

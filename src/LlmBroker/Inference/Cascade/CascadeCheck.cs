using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Routing;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// Looks at an answer of a cheap model: validators first, which cost nothing, then the judge, whose call is an attempt of the run like any other.
/// A judge that cannot be asked, fails or talks nonsense passes the answer.
/// </summary>
internal sealed partial class CascadeCheck(
    LiveConfiguration configuration, CompletionChecker checker, DeploymentPipelines pipelines, LedgerWriter ledger, TimeProvider time, ILogger<CascadeCheck> logger)
{
    /// <summary>Whether the answer to this run is to be looked at.</summary>
    public static bool Concerns(RunInference run) => run is { Shadow: false, Route.EscalateTo.Count: > 0 };

    /// <param name="progress">With the answer's attempt ended and unwritten; afterwards with the judge's, if it was asked.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    /// <returns>The verdict, or what the ledger said when there was to be no more call: the run is no longer this delivery's.</returns>
    public async Task<(Verdict Verdict, StartResult? Lost)> CheckAsync(RequestProgress progress, ProviderResult answer, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        var cascade = run.Route.Policy is { } policy ? configuration.Options.Policies.GetValueOrDefault(policy)?.Cascade : null;
        if (cascade is null)
            return (new Verdict(true, "the policy has no cascade any more"), null);

        if (checker.FindFault(run, answer.Body, cascade.Validators) is var (validator, fault))
            return (new Verdict(false, $"{validator}: {fault}"), null);
        if (cascade.Judge is not { } judge || StableShare.Of("judge", run.RequestId) >= judge.Share)
            return (new Verdict(true, null), null);
        if (pipelines.Find(DeploymentOf(judge)?.Name ?? "") is not { } pipeline)
            return (new Verdict(true, $"judge: no verdict, nothing serves model '{judge.Model}'"), null);
        return await AskAsync(judge, pipeline, progress, answer, cancellationToken);
    }

    private async Task<(Verdict, StartResult?)> AskAsync(
        JudgeOptions judge, DeploymentPipeline pipeline, RequestProgress progress, ProviderResult answer, CancellationToken cancellationToken)
    {
        // On record before the judge's attempt begins: two are never open at once.
        if (progress.UnwrittenEnd is { } end)
            await ledger.EndAsync(end with { Verdict = Verdict.Judging }, progress.ClaimId, CancellationToken.None);
        progress.UnwrittenEnd = null;

        var run = progress.Run;
        var question = run with { Body = JudgePrompt.Compose(run, answer.Body, Guid.NewGuid().ToString("N")[..12]), Operation = RequestOperation.Chat };
        var prompt = Prompt.Read(question.Body.GetValueOrDefault(), RequestOperation.Chat);
        var estimate = pipeline.Deployment.PriceAt(time.GetUtcNow())?.Estimate(prompt.Tokens, prompt.OutputLimit(pipeline.Deployment.MaxOutputTokens));
        var asking = RequestProgress.ForJudge(progress, question, pipeline.Deployment, estimate);
        var (verdict, lost) = await HearAsync(judge, pipeline, asking, cancellationToken);
        progress.Spending = asking.Spending;
        progress.HasClaim = asking.HasClaim;
        progress.UnwrittenEnd = asking.UnwrittenEnd;
        return (verdict, lost);
    }

    private async Task<(Verdict Verdict, StartResult? Lost)> HearAsync(
        JudgeOptions judge, DeploymentPipeline pipeline, RequestProgress asking, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, asking.Running.Aborted);
        string why;
        try
        {
            var result = await pipeline.CallAsync(asking, either.Token);
            if (result.Refused is { State: StartState.Finished or StartState.Held or StartState.Superseded or StartState.Cancelled } refused)
                return (default, refused);
            if (result.Answer is { Error: null } said)
            {
                if (JudgePrompt.ReadScore(said.Body) is { } score)
                    return (new Verdict(score >= judge.MinScore, FormattableString.Invariant($"judge: {score:0.#} of 10, {judge.MinScore:0.#} wanted")), null);
                why = "its answer holds no score";
            }
            else
            {
                why = result.Refused?.State.ToString() ?? result.Answer?.Error?.ToString() ?? "it is not to be called yet";
            }
        }
        catch (BrokenCircuitException)
        {
            why = "its breaker is open";
        }
        catch (TimeoutRejectedException)
        {
            why = "it did not answer in time";
        }
        catch (OperationCanceledException) when (asking.Running.Aborted.IsCancellationRequested)
        {
            why = "the request was broken off";
        }

        LogNoVerdict(asking.Run.Tenant, asking.Run.RequestId, pipeline.Deployment.Name, why);
        return (new Verdict(true, $"judge: no verdict, {why}"), null);
    }

    private Deployment? DeploymentOf(JudgeOptions judge) => configuration.Catalog.DeploymentsOf(judge.Model) is [var first, ..] ? first : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId}: judge {Deployment} gave no verdict: {Why}; the answer passes")]
    private partial void LogNoVerdict(string tenant, string requestId, string deployment, string why);
}

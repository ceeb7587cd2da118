using LlmBroker.Cascade;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Routing;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace LlmBroker.Inference;

/// <summary>
/// Asks a model how good an answer is, through that model's own pipeline: its breaker, slots and retries hold, and its calls are attempts of
/// the run. A judge that is away, fails, or answers what cannot be read gives no verdict, and then the answer passes.
/// </summary>
internal sealed class AnswerJudge(LiveConfiguration configuration, DeploymentPipelines pipelines, DeploymentHolds holds, TimeProvider time)
{
    /// <summary>An answer that passed the validators does not wait longer for its judge, nor is its delivery held longer for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The judge's verdict. The answer's end is written with the start of the judge's call; afterwards what is unwritten is the judge's end.
    /// </summary>
    public async Task<AnswerVerdict> AskAsync(RequestProgress progress, ProviderResult answer, JudgeOptions options, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        if (FindPipeline(options.Model, run) is not { } pipeline)
            return NoVerdict($"no deployment serves '{options.Model}'");

        var body = JudgePrompt.Write(run.Body.GetValueOrDefault(), answer.Body, run.Route.Task);
        var call = new RequestProgress(run with { Body = body, BodyRef = null }, pipeline.Deployment, EstimateCost(body, pipeline.Deployment), progress.Running)
        {
            ClaimId = progress.ClaimId,
            Purpose = AttemptPurpose.Judge,
            Spending = progress.Spending,
            UnwrittenEnd = progress.UnwrittenEnd,
            RunAttempts = progress.RunAttempts,
            HasClaim = true,
        };
        try
        {
            return await CallAsync(pipeline, call, options, cancellationToken);
        }
        finally
        {
            progress.Spending = call.Spending;
            progress.UnwrittenEnd = call.UnwrittenEnd;
            progress.RunAttempts = call.RunAttempts;
            progress.HasClaim = call.HasClaim;
        }
    }

    private async Task<AnswerVerdict> CallAsync(
        DeploymentPipeline pipeline, RequestProgress call, JudgeOptions options, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.Running.Aborted, patience.Token);
        CallResult result;
        try
        {
            result = await pipeline.CallAsync(call, any.Token);
        }
        catch (BrokenCircuitException)
        {
            return NoVerdict($"the breaker of {pipeline.Deployment.Name} is open");
        }
        catch (TimeoutRejectedException)
        {
            return NoVerdict($"no answer from {pipeline.Deployment.Name} in time");
        }
        catch (OperationCanceledException)
        {
            // The answer is there and paid for, whatever broke this off: it is settled.
            return NoVerdict("it was broken off");
        }

        return result switch
        {
            { Refused: { State: StartState.Finished or StartState.Held or StartState.Superseded } lost } => NoVerdict("") with { Refused = lost },
            { Refused: { } refused } => NoVerdict($"no call is allowed any more ({refused.State})"),
            { Halt: not null } => NoVerdict($"{pipeline.Deployment.Name} is not to be called now"),
            { Answer: { Error: { } error } } => NoVerdict($"{error}"),
            { Answer: { } word } when JudgeScore.Read(word.Body) is { } score => Verdict(score, options),
            _ => NoVerdict("its answer has no score"),
        };
    }

    private static AnswerVerdict Verdict(double score, JudgeOptions options) =>
        new(score >= options.MinScore, AnswerVerdict.Judge, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{score:0.#} of 10"));

    private static AnswerVerdict NoVerdict(string why) => new(true, AnswerVerdict.Judge, $"no verdict, {why}");

    private DeploymentPipeline? FindPipeline(string model, RunInference run)
    {
        var choice = new Choice(run.RequestId, run.Lane, TimeSpan.Zero, default, default);
        return configuration.Catalog.DeploymentsOf(model)
            .OrderBy(deployment => DeploymentChooser.Availability(deployment, choice, holds))
            .Select(deployment => pipelines.Find(deployment.Name))
            .FirstOrDefault(pipeline => pipeline is not null);
    }

    private decimal? EstimateCost(System.Text.Json.JsonElement body, Deployment deployment)
    {
        var prompt = Prompt.Read(body, RequestOperation.Chat);
        return deployment.PriceAt(time.GetUtcNow())?.Estimate(prompt.Tokens, prompt.OutputLimit(deployment.MaxOutputTokens));
    }
}

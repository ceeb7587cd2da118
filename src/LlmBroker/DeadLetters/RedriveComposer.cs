using System.Globalization;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using LlmBroker.Models;
using LlmBroker.Routing;

namespace LlmBroker.DeadLetters;

/// <summary>
/// Composes what a redrive sends. A request that gets another model or policy is routed again by the router's own rules, one that keeps them
/// goes back to its deployment. Pure.
/// </summary>
internal sealed class RedriveComposer(LiveConfiguration configuration, RouteResolver resolver)
{
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(30);

    /// <summary>All that is wrong with the edits themselves, whatever letter they are for.</summary>
    public IReadOnlyList<string> FindFaults(RedriveEdits edits)
    {
        var faults = new List<string>();
        if (edits is { Model: { } both, Policy: { } also })
            faults.Add($"Both a model ('{both}') and a policy ('{also}') are given; give one of them.");
        if (edits.Model is { } model && configuration.Catalog.DeploymentsOf(model).Count == 0)
            faults.Add($"Model '{model}' has no deployment; {Suggest(model, configuration.Catalog.Deployments.Select(deployment => deployment.Model).Distinct())}");
        if (edits.Policy is { } policy && !configuration.Options.Policies.ContainsKey(policy))
            faults.Add($"Policy '{policy}' is not configured; {Suggest(policy, configuration.Options.Policies.Keys)}");
        if (edits.Lane is { } lane && !Lane.IsKnown(lane))
            faults.Add($"Lane '{lane}' is unknown; {Suggest(lane, Lane.All)}");
        if (edits.MaxCostUsd is <= 0)
            faults.Add($"The cap of {Usd(edits.MaxCostUsd.Value)} USD allows no call; give more than 0.");
        if (edits.TimeToLive is { } time && (time <= TimeSpan.Zero || time > LongestTime))
            faults.Add($"The time {DurationText.Format(time)} is out of range; give up to {DurationText.Format(LongestTime)}, such as 2h.");
        if (edits.Patch is { ValueKind: not JsonValueKind.Object } patch)
            faults.Add($"The patch is a JSON {patch.ValueKind.ToString().ToLowerInvariant()}; give an object that holds what is to change of the body.");
        else if (edits.Patch is { } named && named.TryGetProperty("model", out _))
            faults.Add("The patch changes 'model', which routes nothing here; give the model as an edit of its own.");
        return faults;
    }

    /// <param name="letter">With its body.</param>
    /// <param name="edits">Without faults of their own.</param>
    /// <param name="replyPrefix">What the tenant's reply queues begin with.</param>
    /// <param name="now">The time, whose price is estimated with.</param>
    public RedriveDraft Compose(DeadLetter letter, RedriveEdits edits, string replyPrefix, DateTimeOffset now)
    {
        if (letter.Run > 0)
        {
            return ReadRun(letter) is { } run
                ? Compose(edits.ApplyTo(run), RequestOf(run, edits), now, mustRoute: edits.Reroutes, mustCheck: edits.Patch is not null)
                : RedriveDraft.Faulty("Its body is no request that can be run; discard it.");
        }

        if (RawRequest.Read(letter, configuration.Options.Lanes, replyPrefix) is var (raw, message))
        {
            // What the producer asked for stands, unless it is what the edits change.
            if (edits.Reroutes)
                message = message with { Model = edits.Model, Policy = edits.Policy };
            return Compose(edits.ApplyTo(raw), message, now, mustRoute: true, mustCheck: true);
        }

        return edits.IsEmpty ? new RedriveDraft() : RedriveDraft.Faulty("It holds no request that can be read, so that nothing of it can be edited; redrive it as it is, or discard it.");
    }

    private RedriveDraft Compose(RunInference run, SubmitInference message, DateTimeOffset now, bool mustRoute, bool mustCheck)
    {
        if (run.Body is not { } body)
        {
            return run.BodyRef is not null && !mustRoute && !mustCheck
                ? new RedriveDraft { Message = run }
                : RedriveDraft.Faulty("Its body is not in it, so that it cannot be routed again or patched; redrive it without that, or discard it.");
        }

        message = message with { Body = body, Lane = run.Lane, MaxCostUsd = run.MaxCostUsd };
        if (mustCheck && Check(run, message) is { } invalid)
            return RedriveDraft.Faulty(invalid);

        var prompt = Prompt.Read(body, run.Operation);
        Decision? decision = null;
        if (mustRoute)
        {
            var resolution = resolver.Resolve(message, prompt, run.RequestId, run.Lane, run.Tenant);
            if (resolution.Refusal is { } refusal)
                return RedriveDraft.Faulty(refusal.Message);
            // What an earlier answer cost says nothing of a new choice.
            run = run with { Route = resolution.Route!, RejectedCostUsd = null };
            decision = resolution.Decision;
        }

        var draft = new RedriveDraft { Message = run, PromptTokens = mustCheck ? prompt.Tokens : null, Decision = decision };
        if (configuration.Catalog.FindDeployment(run.Route.Deployment) is not { } deployment)
        {
            // Who only looks after the ledger may have a configuration without deployments, which tells nothing of this one.
            return configuration.Catalog.Deployments.Count == 0
                ? draft
                : RedriveDraft.Faulty($"Its deployment '{run.Route.Deployment}' is not configured any more; give a model or a policy.");
        }

        var estimate = deployment.PriceAt(now)?.Estimate(prompt.Tokens, prompt.OutputLimit(deployment.MaxOutputTokens));
        return draft with { EstimatedCostUsd = estimate, Faults = FindCostFault(run, estimate) is { } fault ? [fault] : [] };
    }

    /// <summary>What a router would refuse.</summary>
    private string? Check(RunInference run, SubmitInference message)
    {
        var request = new IncomingRequest { Message = message, RequestId = run.RequestId, Unidentified = false, ReplyTo = run.ReplyTo };
        if (RequestRules.Check(request, keyLane: null) is { } refusal)
            return refusal.Message;

        var bytes = WireJson.ToBytes(message).Length;
        return bytes > configuration.Options.Limits.MaxMessageBytes
            ? $"With the patch the message has {bytes} bytes; at most {configuration.Options.Limits.MaxMessageBytes} are allowed."
            : null;
    }

    /// <summary>The ledger would refuse the first call, and the request would end as the caller's fault.</summary>
    private static string? FindCostFault(RunInference run, decimal? estimate) => (run.MaxCostUsd, estimate) switch
    {
        (null, _) => null,
        (_, null) => $"It has a cap on its cost, and the price of model '{run.Route.Model}' is unknown; give a model that has a price.",
        ({ } cap, { } cost) when run.SpentUsd + cost > cap =>
            $"Its cap is {Usd(cap)} USD: {Usd(run.SpentUsd)} USD are spent and the next call may cost {Usd(cost)} USD; give a higher cap.",
        _ => null,
    };

    /// <summary>The routed request as its producer might have published it.</summary>
    private static SubmitInference RequestOf(RunInference run, RedriveEdits edits) => new()
    {
        RequestId = run.RequestId,
        Operation = run.Operation,
        Model = edits.Model,
        Policy = edits.Policy,
        // Without a confidence it is the producer's word; the classifier's own is asked for again.
        Task = run.Route.TaskConfidence is null ? run.Route.Task : null,
        GroupId = run.GroupId,
        Metadata = run.Metadata,
    };

    private static RunInference? ReadRun(DeadLetter letter)
    {
        try
        {
            return WireJson.Read<RunInference>(letter.Body.Span);
        }
        catch (JsonException)
        {
            // The caller says so.
            return null;
        }
    }

    private static string Suggest(string name, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.Ordinal).Take(20).ToArray();
        return NearestName.Of(name, names) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {string.Join(", ", names)}.";
    }

    private static string Usd(decimal usd) => usd.ToString("0.######", CultureInfo.InvariantCulture);
}

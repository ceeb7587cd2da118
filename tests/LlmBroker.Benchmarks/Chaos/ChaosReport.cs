using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Prints what a run came to: one table, the history of the first requests that show something broken, and one line of JSON.</summary>
internal sealed class ChaosReport(
    ChaosOptions options, ChaosFacts facts, ChaosVerdict verdict, IReadOnlyList<KillRecord> kills, ChaosSystem system, TimeSpan elapsed)
{
    private const int Shown = 4;

    private static readonly ChaosGuarantee[] Guarantees = [.. Enum.GetValues<ChaosGuarantee>().Where(guarantee => guarantee != ChaosGuarantee.Unknown)];

    public int ExitCode =>
        verdict.Findings.Count == 0 && verdict.ProvesSomething && system.FailedDrains.IsEmpty && system.UnexpectedEnds.IsEmpty
            && LeastInFlight >= ChaosRun.LeastCallsInFlight
            ? 0
            : 1;

    private int LeastInFlight => kills.Min(kill => kill.CallsInFlight);

    private Dictionary<string, int> CrashHits => system.WorkerCrashes.Hits.Concat(system.RouterCrashes.Hits).ToDictionary();

    public void Print()
    {
        foreach (var guarantee in Guarantees)
            PrintFindings(guarantee);
        PrintTable();
        if (options.Json)
            Console.Out.WriteLine(Json());
    }

    private void PrintFindings(ChaosGuarantee guarantee)
    {
        foreach (var group in verdict.Findings.Where(finding => finding.Guarantee == guarantee).GroupBy(finding => finding.RequestId).Take(Shown))
        {
            Console.Out.WriteLine($"{guarantee} is broken by {group.Key}:");
            foreach (var finding in group.Take(Shown))
                Console.Out.WriteLine($"    {finding.What}");
            foreach (var line in History(group.Key))
                Console.Out.WriteLine($"        {line}");
        }
    }

    private IEnumerable<string> History(string requestId)
    {
        if (facts.Requests.TryGetValue(requestId, out var request))
            yield return $"{request}";
        foreach (var sent in facts.Sent.Where(sent => sent.RequestId == requestId))
            yield return $"{sent}";
        foreach (var claim in facts.Claims.Where(claim => claim.RequestId == requestId))
            yield return $"{claim}";
        foreach (var attempt in facts.Attempts.Where(attempt => attempt.RequestId == requestId))
        {
            yield return $"{attempt}";
            foreach (var end in facts.Ends.Where(end => end.AttemptId == attempt.AttemptId))
                yield return $"    {end}";
            foreach (var call in facts.Calls.Where(call => call.AttemptId == attempt.AttemptId.ToString()))
                yield return $"    {call}";
        }

        foreach (var outcome in facts.Outcomes.Where(outcome => outcome.RequestId == requestId))
            yield return $"{outcome}";
        foreach (var letter in facts.Letters.Where(letter => letter.RequestId == requestId))
            yield return $"{letter}";
        foreach (var reply in facts.Replies.Where(reply => reply.RequestId == requestId))
            yield return $"{reply}";
        foreach (var kill in kills)
            yield return string.Create(CultureInfo.InvariantCulture, $"{kill.At:HH:mm:ss.fff} {kill.Step.Fault} {kill.Step.Target} for {kill.Step.Duration.TotalSeconds:0.0} s");
    }

    private void PrintTable()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn("").RightAligned()).HideHeaders();
        void Row(string name, FormattableString value) => table.AddRow(Markup.Escape(name), Markup.Escape(FormattableString.Invariant(value)));

        Row("requests; messages; replies", $"{facts.Requests.Count}; {facts.Sent.Count}; {facts.Replies.Count}");
        Row("kills; fewest calls in flight at one", $"{kills.Count(kill => kill.Step.IsKill)}; {LeastInFlight}");
        Row("stops and drains; longest drain", $"{kills.Count(kill => !kill.Step.IsKill)}; {system.Drains.Max().TotalSeconds:0.0} s");
        Row("crash points hit", $"{string.Join(", ", CrashHits.Select(hit => $"{hit.Key} {hit.Value}"))}");
        Row("vendor calls; beyond the first of a run", $"{verdict.Calls}; {verdict.RepeatedCalls}");
        Row("ambiguous attempts; estimated; billed", $"{verdict.Ambiguous}; {verdict.AmbiguousUsd:0.000000} USD; {verdict.AmbiguousBilledUsd:0.000000} USD");
        Row("duplicates; redelivered; cancelled", $"{verdict.Duplicates}; {verdict.Redelivered}; {verdict.Cancelled}");
        Row("outcomes", $"{string.Join(", ", verdict.Outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Key} {outcome.Value}"))}");
        foreach (var server in verdict.ResumeSeconds.GroupBy(back => back.Server))
            Row($"work flows again after {server.Key}", $"{string.Join(", ", server.Select(back => FormattableString.Invariant($"{back.Seconds:0.0}")))} s");
        Row("time", $"{elapsed.TotalSeconds:0} s");
        foreach (var guarantee in Guarantees)
            Row($"{guarantee}: broken by", $"{verdict.Count(guarantee)} requests");
        foreach (var end in system.UnexpectedEnds.Concat(system.FailedDrains))
            Row("unexpected", $"{end}");
        if (!verdict.ProvesSomething)
            Row("proves nothing", $"no duplicate, ambiguous, redelivered or cancelled request occurred");
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 160);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(ExitCode == 0 ? "Every guarantee held." : "A guarantee is broken, or was not put to the test.");
    }

    private string Json() => JsonSerializer.Serialize(new
    {
        lost = verdict.Count(ChaosGuarantee.NothingLost),
        multiple_outcomes = verdict.Count(ChaosGuarantee.OneOutcome),
        unrecorded_calls = verdict.CountAll(ChaosGuarantee.CallsOnRecord),
        unexplained_duplicates = verdict.CountAll(ChaosGuarantee.RepeatsExplained),
        cost_difference_usd = verdict.CostDifferenceUsd,
        resume_s_max = verdict.ResumeSeconds.Max(back => back.Seconds) is { } seconds ? Math.Round(seconds, 2) : (double?)null,
        costs_differ = verdict.Count(ChaosGuarantee.CostsAgree),
        over_cap = verdict.Count(ChaosGuarantee.CapsHold),
        attempts_without_end = verdict.CountAll(ChaosGuarantee.AttemptsEnded),
        dead_letters_differ = verdict.Count(ChaosGuarantee.DeadLettersAgree),
        wrong_answers = verdict.Count(ChaosGuarantee.AnswersFit),
        unexpected_exits = system.UnexpectedEnds.Count,
        failed_drains = system.FailedDrains.Count,
        drain_s_max = Math.Round(system.Drains.Max().TotalSeconds, 1),
        seed = options.Seed,
        requests = facts.Requests.Count,
        kills = kills.Count(kill => kill.Step.IsKill),
        calls_in_flight_min = LeastInFlight,
        calls = verdict.Calls,
        repeated_calls = verdict.RepeatedCalls,
        ambiguous = verdict.Ambiguous,
        ambiguous_usd = verdict.AmbiguousUsd,
        ambiguous_billed_usd = verdict.AmbiguousBilledUsd,
        duplicates = verdict.Duplicates,
        redelivered = verdict.Redelivered,
        cancelled = verdict.Cancelled,
        crash_points = CrashHits,
        seconds = Math.Round(elapsed.TotalSeconds),
    });
}

using System.CommandLine;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route train --from-ledger</c>: a model that learnt from own traffic, written when it is shown to be better than the running one.</summary>
internal static class LedgerTraining
{
    /// <returns><see cref="ExitCode.NotBetter"/> when nothing was written.</returns>
    public static async Task<int> RunAsync(ParseResult arguments, string file, int seed, string? version, bool force, CancellationToken cancellationToken)
    {
        // Before the minutes that learning can take.
        if (WhyNoFile(file) is { } fault)
            return CommandErrors.Report(fault);

        LedgerTraffic traffic;
        RoutingModel running;
        string sha256;
        try
        {
            traffic = await LedgerTraffic.ReadAsync(arguments, cancellationToken);
            running = traffic.LoadRunning();
            sha256 = RoutingModelFile.Fingerprint(traffic.ModelFile);
        }
        catch (InvalidDataException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        var heldOutDays = arguments.GetValue(LedgerArguments.HoldOutDays) ?? LedgerDays.DefaultHeldOut;
        var days = LedgerDays.Of(traffic.Examples, LedgerDays.HeldOutFromOf(traffic.Until, heldOutDays));
        if (days.WhyNot(learns: true) is { } shortage)
        {
            if (arguments.GetValue(SharedOptions.Json))
                JsonOutput.PrintLine(new { written = false, why_not = shortage, from = traffic.Since, held_out_from = days.HeldOutFrom, until = traffic.Until, without_features = days.WithoutFeatures });
            return CommandErrors.Report($"No model was written. {shortage}", ExitCode.NotBetter);
        }

        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var (model, comparison) = LedgerModel.Learn(days, running, sha256, traffic.Mix, version, seed, today);
        var ledger = model.Card.Ledger!;
        AnsiConsole.WriteLine($"Learnt: {LedgerTables.Labels(days.Learning)}, and {CellText.Count(ledger.LargeLabels)} labels of the large model's; {CellText.Count(days.WithoutFeatures)} cheap ones have no features and are left out.");
        if (running.Card.Ledger is { } before && before.HeldOutFrom > days.HeldOutFrom)
            AnsiConsole.WriteLine($"The running model learnt from days until {CellText.Time(before.HeldOutFrom)} itself, which favours it.");
        LedgerTables.Print(days, comparison, $"learnt, {model.Card.Version}");

        var isWritten = comparison.IsBetter || force;
        if (isWritten)
        {
            try
            {
                RoutingModelFile.Save(model, file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return CommandErrors.Report($"The model could not be written to {file}: {exception.Message}");
            }

            AnsiConsole.WriteLine($"{file} and {RoutingModelFile.CardPathOf(file)} are written. Where every router can read it: llmbroker config set routing.modelFile {file}");
        }

        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.PrintLine(new
            {
                written = isWritten,
                is_better = comparison.IsBetter,
                why_not = comparison.WhyNot,
                file = isWritten ? file : null,
                version = model.Card.Version,
                based_on = ledger.BasedOn,
                based_on_sha256 = ledger.BasedOnSha256,
                from = traffic.Since,
                held_out_from = days.HeldOutFrom,
                until = traffic.Until,
                days = ledger.Days,
                held_out_days = LedgerTables.DaysOf(days.HeldOut),
                by_lot = days.ByLot,
                labels = ledger.Labels,
                large_labels = ledger.LargeLabels,
                large_bad = Math.Round(days.LargeBad, 4),
                without_features = days.WithoutFeatures,
                running = LedgerTables.Json(comparison.Running),
                learnt_model = LedgerTables.Json(comparison.Other),
                auc_difference = LedgerTables.Json(comparison.Auc),
                apgr_difference = LedgerTables.Json(comparison.Apgr),
                loss_difference = LedgerTables.Json(comparison.Loss),
                seed,
            });
        }

        return isWritten
            ? ExitCode.Success
            : CommandErrors.Report($"No model was written: {comparison.WhyNot}. Wait for more labels, or hold out more days; --force writes it all the same.", ExitCode.NotBetter);
    }

    private static string? WhyNoFile(string file)
    {
        foreach (var path in new[] { file, RoutingModelFile.CardPathOf(file) })
        {
            if (Path.Exists(path))
                return $"{path} exists. What is learnt from a ledger is written to a new file, since a running model must not change unseen: name another one.";
        }

        return Directory.Exists(Path.GetDirectoryName(file)) ? null : $"The folder of {file} does not exist; make it, or name another one.";
    }
}

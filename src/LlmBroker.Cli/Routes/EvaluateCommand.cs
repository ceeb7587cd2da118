using System.CommandLine;
using System.Globalization;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route eval</c>: how good a routing model is.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<FileInfo> Task = new Option<FileInfo>("--task")
    {
        Description = "Labelled prompts: JSON lines with prompt, label, lang and source.",
    }.AcceptExistingOnly();

    private static readonly Option<FileInfo> Win = new Option<FileInfo>("--win")
    {
        Description = "Answered prompts: JSON lines with prompt, benchmark, and the scores of a strong and a weak model.",
    }.AcceptExistingOnly();

    private static readonly Option<FileInfo> ModelFile = new Option<FileInfo>("--model", "--model-file")
    {
        Description = "A routing model's file. With --task and --win it is the one to measure; default: the one that comes with this version. With --from-ledger it is compared with the running one.",
    }.AcceptExistingOnly();

    private static readonly Option<bool> LeaveOut = new("--leave-out")
    {
        Description = "Measure models that are trained here and now, each without the prompts that it is asked about: by sources with several labels (--task), in ten parts (--win). Takes minutes.",
    };

    public static Command Create()
    {
        var command = new Command("eval", "How good a routing model is: on labelled prompts (--task), where a large model did better than a cheap one (--win), or on own traffic (--from-ledger).")
        {
            Task, Win, ModelFile, LeaveOut, SharedOptions.Json,
        };
        LedgerArguments.AddTo(command);
        command.Validators.Add(static result =>
        {
            var given = (result.GetValue(Task) is null ? 0 : 1) + (result.GetValue(Win) is null ? 0 : 1) + (result.GetValue(LedgerArguments.FromLedger) ? 1 : 0);
            if (given != 1)
                result.AddError("Give one of --task, --win and --from-ledger.");
        });
        command.SetAction((arguments, cancellationToken) => arguments.GetValue(LedgerArguments.FromLedger)
            ? LedgerEvaluation.RunAsync(arguments, arguments.GetValue(ModelFile)?.FullName, cancellationToken)
            : System.Threading.Tasks.Task.FromResult(Run(arguments)));
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        IReadOnlyList<JudgedPrompt> prompts;
        RoutingModel model;
        try
        {
            model = RoutingModelFile.Load(arguments.GetValue(ModelFile)?.FullName);
            if (arguments.GetValue(Win) is { } answered)
                return GainEvaluation.Run(model, answered.FullName, arguments.GetValue(LeaveOut), arguments.GetValue(SharedOptions.Json));
            prompts = JudgedPrompt.Judge(new TrainedTaskClassifier(model), TaskExampleFile.Read(arguments.GetRequiredValue(Task).FullName));
        }
        catch (InvalidDataException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        if (prompts.Count == 0)
            return CommandErrors.Report("The file has no prompts.");

        var seen = prompts.Select(prompt => prompt.Example.Source).Distinct().Intersect(model.Card.Sources.Select(source => source.Name)).Order(StringComparer.Ordinal).ToArray();
        Print(model, prompts);
        if (arguments.GetValue(LeaveOut))
            PrintScores("Models trained without the source that they are asked about:", LeftOut([.. prompts.Select(prompt => prompt.Example)], model));
        else if (seen.Length > 0)
            PrintScores(
                $"The model was trained on {string.Join(", ", seen)}: the figures above are no measure for those. By its card, models made in the same way, on sources that they had not seen:",
                model.Card.Scores);
        if (arguments.GetValue(SharedOptions.Json))
        {
            var all = TaskScore.Of(prompts);
            JsonOutput.PrintLine(new
            {
                accuracy = Math.Round(all.Accuracy, 4),
                macro_f1 = Math.Round(all.MacroF1, 4),
                calibration_error = Math.Round(all.CalibrationError, 4),
                n = all.Rows,
                by_lang = By(prompts, prompt => prompt.Example.Language),
                by_source = By(prompts, prompt => prompt.Example.Source),
                model = model.Card.Version,
                trained_on = seen,
            });
        }

        return ExitCode.Success;
    }

    private static Dictionary<string, object> By(IReadOnlyList<JudgedPrompt> prompts, Func<JudgedPrompt, string> key) => prompts
        .GroupBy(key)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group =>
        {
            var score = TaskScore.Of([.. group]);
            return (object)new { accuracy = Math.Round(score.Accuracy, 4), macro_f1 = Math.Round(score.MacroF1, 4), n = score.Rows };
        });

    private static void Print(RoutingModel model, IReadOnlyList<JudgedPrompt> prompts)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn($"model {model.Card.Version}").NoWrap());
        foreach (var header in new[] { "prompts", "accuracy", "macro-F1", "calibration error" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        Add(table, "all", prompts);
        foreach (var (kind, key) in new (string, Func<JudgedPrompt, string>)[] { ("language", prompt => prompt.Example.Language), ("source", prompt => prompt.Example.Source) })
        {
            table.AddEmptyRow();
            foreach (var group in prompts.GroupBy(key).OrderByDescending(group => group.Count()))
                Add(table, $"{kind} {group.Key}", [.. group]);
        }

        AnsiConsole.Write(table);
    }

    private static List<RoutingModelScore> LeftOut(IReadOnlyList<TaskExample> examples, RoutingModel model)
    {
        var scores = new List<RoutingModelScore>();
        new TaskModelTrainer(examples, model.Card.Seed).Train(model.Card.Version, scores.Add);
        return scores;
    }

    /// <summary>What a model has learnt by heart says nothing of it; these are of models that had not.</summary>
    private static void PrintScores(string title, IReadOnlyList<RoutingModelScore> scores)
    {
        AnsiConsole.WriteLine(title);
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var header in new[] { "prompts", "accuracy", "macro-F1", "calibration error" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var score in scores)
            table.AddRow(Markup.Escape(score.On), score.Rows.ToString("N0", CultureInfo.InvariantCulture), Text(score.Accuracy), Text(score.MacroF1), Text(score.CalibrationError));
        AnsiConsole.Write(table);
    }

    private static void Add(Table table, string name, IReadOnlyCollection<JudgedPrompt> prompts)
    {
        var score = TaskScore.Of(prompts);
        table.AddRow(Markup.Escape(name), score.Rows.ToString("N0", CultureInfo.InvariantCulture), Text(score.Accuracy), Text(score.MacroF1), Text(score.CalibrationError));
    }

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

using System.CommandLine;
using System.Globalization;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route train</c>: makes a routing model out of labelled prompts and the texts that come with the program, or teaches the running one from the ledger.</summary>
internal static class TrainCommand
{
    private const string LabelledPrompts = "task_dev.jsonl";
    private const string AnsweredPrompts = "win_dev.jsonl";

    private static readonly Option<DirectoryInfo> Data = new Option<DirectoryInfo>("--data") { Description = $"A folder with {LabelledPrompts} and {AnsweredPrompts}. Default: our own texts alone." }.AcceptExistingOnly();
    private static readonly Option<FileInfo> Out = new("--out") { Description = "The model's file; its card goes beside it as JSON.", Required = true };
    private static readonly Option<int> Seed = new("--seed") { Description = "The same seed and data give the same model.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string?> Version = new("--model-version") { Description = "Of the model. Default: the day; with --from-ledger that of the running model, with the day." };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "With --from-ledger: write the model although it is not shown to be better. It neither makes up for too few labels nor writes over a file.",
    };

    public static Command Create()
    {
        var command = new Command("train", "Make a routing model, and measure models made in the same way on sources that they have not seen; or (--from-ledger) teach the running one from own traffic.")
        {
            Data, Out, Seed, Version, Force, SharedOptions.Json,
        };
        LedgerArguments.AddTo(command);
        command.Validators.Add(static result =>
        {
            var isFromLedger = result.GetValue(LedgerArguments.FromLedger);
            if (isFromLedger && result.GetValue(Data) is not null)
                result.AddError("Give one of --data and --from-ledger.");
            foreach (var option in new Option[] { Force, SharedOptions.Json })
            {
                if (!isFromLedger && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} goes with --from-ledger.");
            }
        });
        command.SetAction((arguments, cancellationToken) => arguments.GetValue(LedgerArguments.FromLedger)
            ? LedgerTraining.RunAsync(
                arguments, arguments.GetRequiredValue(Out).FullName, arguments.GetValue(Seed), arguments.GetValue(Version), arguments.GetValue(Force), cancellationToken)
            : Task.FromResult(Run(arguments)));
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        IReadOnlyList<TaskExample> labelled = [];
        IReadOnlyList<GainExample> answered = [];
        try
        {
            if (arguments.GetValue(Data) is { } folder)
            {
                labelled = TaskExampleFile.Read(Path.Combine(folder.FullName, LabelledPrompts));
                answered = GainExampleFile.Read(Path.Combine(folder.FullName, AnsweredPrompts));
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return CommandErrors.Report(exception.Message);
        }

        var version = arguments.GetValue(Version) ?? TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var model = new TaskModelTrainer(labelled, arguments.GetValue(Seed)).Train(version, score => AnsiConsole.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{score.On,-48} {score.Rows,6:N0} prompts   accuracy {score.Accuracy:0.000}   macro-F1 {score.MacroF1:0.000}   calibration error {score.CalibrationError:0.000}")));
        model = new GainModelTrainer(answered, arguments.GetValue(Seed)).Train(model, score => AnsiConsole.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"gain: {score.On,-42} {score.Rows,6:N0} prompts   APGR {score.Apgr:0.000}   CPT50 {score.Cpt50:0.00}   CPT80 {score.Cpt80:0.00}")));
        var file = arguments.GetRequiredValue(Out);
        RoutingModelFile.Save(model, file.FullName);
        file.Refresh();
        AnsiConsole.WriteLine($"{file} has {file.Length / 1024} KiB.");
        return ExitCode.Success;
    }
}

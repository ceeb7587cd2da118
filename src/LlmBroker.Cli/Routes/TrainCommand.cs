using System.CommandLine;
using System.Globalization;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route train</c>: makes a routing model out of labelled prompts and the texts that come with the program.</summary>
internal static class TrainCommand
{
    private const string LabelledPrompts = "task_dev.jsonl";
    private const string AnsweredPrompts = "win_dev.jsonl";

    private static readonly Option<DirectoryInfo> Data = new Option<DirectoryInfo>("--data") { Description = $"A folder with {LabelledPrompts} and {AnsweredPrompts}. Default: our own texts alone." }.AcceptExistingOnly();
    private static readonly Option<FileInfo> Out = new("--out") { Description = "The model's file; its card goes beside it as JSON.", Required = true };
    private static readonly Option<int> Seed = new("--seed") { Description = "The same seed and data give the same model.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string> Version = new("--model-version")
    {
        Description = "Of the model. Default: the day.",
        DefaultValueFactory = _ => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public static Command Create()
    {
        var command = new Command("train", "Make a routing model, and measure models made in the same way on sources that they have not seen.") { Data, Out, Seed, Version };
        command.SetAction(Run);
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

        var model = new TaskModelTrainer(labelled, arguments.GetValue(Seed)).Train(arguments.GetRequiredValue(Version), score => AnsiConsole.WriteLine(
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

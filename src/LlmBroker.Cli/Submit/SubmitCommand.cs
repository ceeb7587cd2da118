using System.CommandLine;
using System.Text.Json;
using LlmBroker.Cli.Amqp;
using LlmBroker.Cli.Savings;
using LlmBroker.Savings;
using Spectre.Console;

namespace LlmBroker.Cli.Submit;

/// <summary><c>llmbroker submit</c>: sends a file of requests and collects the answers; stopped at any moment, it goes on where it was.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var command = new Command("submit", "Send a JSONL file of requests and collect the answers. The same command again goes on with it.");
        SubmitArguments.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var options = SubmitArguments.Read(arguments, time);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        try
        {
            var factory = BrokerAccess.Load(arguments, "submit");
            var input = await InputFile.SurveyAsync(options.Input, cancellationToken);
            using var files = await JobFiles.OpenAsync(options, Job.Of(options, input), cancellationToken);
            await using var run = new SubmitRun(options, files, factory, time) { Faulted = message => Warn(console, message) };
            var meter = new ProgressMeter(input.Lines, files.Tally.Read().Answered, time);
            try
            {
                var work = run.RunAsync(cancellationToken);
                await ProgressDisplay.ShowAsync(console, () => Read(meter, files, run), work, time);
                await work;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return Interrupted(console, files, input.Lines);
            }

            await run.FinishAsync(cancellationToken);
            if (run.StrayMessages > 0)
                Warn(console, $"{run.StrayMessages} messages in the reply queue were no replies to this job and were dropped.");
            var savings = await JobSavings.ReadAsync(
                arguments, options.Tenant, options.GroupId ?? files.Job.Name, message => Warn(console, message), cancellationToken);
            return Report(arguments, SubmitSummary.Of(options, files.Job, input.Lines, files.Tally.Read(), meter), savings);
        }
        catch (Exception exception) when (exception is SubmitFailedException or BrokerRefusedException)
        {
            return CommandErrors.Report(exception.Message);
        }
        catch (IOException exception)
        {
            return CommandErrors.Report($"{exception.Message} Nothing is lost: put that right and run the same command again.");
        }
    }

    private static (ProgressReading Progress, string Text) Read(ProgressMeter meter, JobFiles files, SubmitRun run)
    {
        var totals = files.Tally.Read();
        var progress = meter.Read(totals.Answered);
        return (progress, ProgressText.Of(progress, totals, files.States.InFlight, run.Trouble));
    }

    private static int Interrupted(IAnsiConsole console, JobFiles files, int total)
    {
        var answered = files.Tally.Read().Answered;
        Warn(console, $"Stopped with {answered:N0} of {total:N0} lines answered; {files.States.InFlight:N0} replies are on their way and are kept. " +
            "Run the same command again to go on, from the same folder.");
        return ExitCode.Interrupted;
    }

    private static int Report(ParseResult arguments, SubmitSummary summary, SavingsReport? savings)
    {
        if (arguments.GetValue(SharedOptions.Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(summary with { Savings = savings?.Total }, SubmitJsonContext.Default.SubmitSummary));
        }
        else
        {
            SummaryTable.Write(AnsiConsole.Console, summary);
            if (savings is not null)
                SavingsTable.Write(AnsiConsole.Console, "task", savings);
        }

        return summary.AllCompleted ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Warn(IAnsiConsole console, string message) => console.Write(new Text(message + Environment.NewLine, new Style(Color.Yellow)));
}

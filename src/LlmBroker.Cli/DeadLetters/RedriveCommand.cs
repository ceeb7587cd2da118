using System.CommandLine;
using System.Globalization;
using LlmBroker.Cli.Amqp;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using Spectre.Console;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters redrive</c>: sends dead letters again, as they were or with edits.</summary>
internal static class RedriveCommand
{
    private static readonly Option<long?> Limit = new("--limit") { Description = "With --all: at most this many, the oldest first. Default: all." };
    private static readonly Option<double?> Rate = new("--rate") { Description = "At most this many a second. Default: 50." };
    private static readonly Option<int> MaxRedrives = new("--max-redrives") { Description = "Leave letters alone whose request was redriven this often.", DefaultValueFactory = _ => 5 };
    private static readonly Option<bool> Force = new("--force") { Description = "Redrive the letters given by id however often that was done before." };
    private static readonly Option<bool> SkipInvalid = new("--skip-invalid") { Description = "Leave out letters that cannot be redriven like that. Default: send nothing while there are any." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say how many would be sent, and what that may cost." };

    public static Command Create()
    {
        var command = new Command("redrive", "Send dead letters again, as a new run. Asking twice sends one run.")
            {
                LetterOptions.Ids, LetterOptions.All, Limit, Rate, MaxRedrives, Force, SkipInvalid, DryRun, LetterOptions.By, SharedOptions.Json,
            }
            .WithEdits()
            .WithFilter(withShortNames: false);
        command.Validators.Add(LetterOptions.NeedIdsOrAll);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Rate) is <= 0 or > 100_000 or double.NaN)
                result.AddError("--rate is out of range; write a number a second such as 50, at most 100000.");
            if (result.GetValue(Force) && result.GetValue(LetterOptions.All))
                result.AddError("--force goes with ids: what came back so often is to be looked at one by one.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = await LedgerServices.OpenForRedriveAsync(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger), cancellationToken);
        var redrive = services.GetRequiredService<DeadLetterRedrive>();
        var request = new RedriveRequest
        {
            Ids = arguments.GetValue(LetterOptions.All) ? null : arguments.GetValue(LetterOptions.Ids),
            Filter = FilterOptions.Read(arguments, withShortNames: false),
            Limit = arguments.GetValue(Limit) ?? long.MaxValue,
            Edits = EditOptions.Read(arguments),
            By = arguments.GetRequiredValue(LetterOptions.By),
            PerSecond = arguments.GetValue(Rate) ?? 50,
            MaxRedrives = arguments.GetValue(MaxRedrives),
            Force = arguments.GetValue(Force),
            SkipFaulty = arguments.GetValue(SkipInvalid),
        };
        var json = arguments.GetValue(SharedOptions.Json);
        return arguments.GetValue(DryRun)
            ? Print(await redrive.PreviewAsync(request, cancellationToken), json)
            : await SendAsync(redrive, request, BrokerAccess.Load(arguments, "dead-letters"), json, cancellationToken);
    }

    private static async Task<int> SendAsync(
        DeadLetterRedrive redrive, RedriveRequest request, ConnectionFactory factory, bool json, CancellationToken cancellationToken)
    {
        var steps = new List<RedriveStep>();
        await using var link = await BrokerLink.OpenAsync(factory, cancellationToken);
        RedriveReport report;
        try
        {
            report = await redrive.RunAsync(
                request,
                (result, token) => link.PublishOnceAsync(BrokerMessage.Redriven(result), token),
                step =>
                {
                    if (json)
                        steps.Add(step);
                    else if (request.Ids is not null || step.State != RedriveState.Redriven)
                        AnsiConsole.WriteLine($"{step.Id}: {Explain(step)}");
                },
                cancellationToken);
        }
        catch (BrokerRefusedException exception)
        {
            return CommandErrors.Report($"{exception.Message} The letter that was on its way, and those after it, are sent when the command is run again.");
        }

        if (report.IsRefused)
            return Refuse(report.Preview);

        if (json)
            JsonOutput.Print(new { report.Sent, report.Left, letters = steps });
        else if (request.Ids is null)
            AnsiConsole.WriteLine(report.Sent + report.Left == 0 ? "No dead letter matches." : $"Sent {report.Sent}, left {report.Left}.");
        return report.Left == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static int Print(RedrivePreview preview, bool json)
    {
        if (preview.Faults.Any(fault => fault.Letters == 0))
            return Refuse(preview);

        if (json)
        {
            JsonOutput.Print(preview);
        }
        else
        {
            AnsiConsole.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Would send {preview.Letters}, for up to {preview.EstimatedCostUsd:0.000000} USD if each takes one call{(preview.UnknownCosts > 0 ? $", and {preview.UnknownCosts} of them at an unknown cost" : "")}."));
            if (preview.TooOften > 0)
                AnsiConsole.WriteLine($"Would leave {preview.TooOften} alone, which were redriven too often.");
            if (preview.Closed > 0)
                AnsiConsole.WriteLine($"{preview.Closed} are not there, or were discarded.");
        }

        return preview.Faults.Count == 0 ? ExitCode.Success : Refuse(preview);
    }

    private static int Refuse(RedrivePreview preview) => CommandErrors.Report(string.Join(
        Environment.NewLine,
        preview.Faults.Select(fault => $"  {fault}").Prepend(
            preview.Faults.Any(fault => fault.Letters > 0)
                ? "Nothing was sent; correct the edits, narrow the filter, or leave these out with --skip-invalid:"
                : "Nothing was sent; correct the edits:")));

    private static string Explain(RedriveStep step) => step.State switch
    {
        RedriveState.Redriven => step.Run is { } run ? $"sent as run {run}" : $"sent back to {step.Source}",
        RedriveState.NotFound => "there is no such dead letter",
        RedriveState.Discarded => "it was discarded",
        RedriveState.Taken => "it was redriven before, and a worker has taken that run",
        RedriveState.Running => "its request is running or waiting",
        RedriveState.Superseded => "a later run of its request was opened, or its id was used again",
        RedriveState.OtherEdits => "it was redriven before with other edits, and no worker has taken that run yet; wait for it, or cancel its request",
        RedriveState.TooOften => "its request was redriven too often; --force redrives it by its id all the same",
        RedriveState.Invalid => step.Fault ?? "it cannot be redriven like that",
        _ => "its body is no request that can be run",
    };
}

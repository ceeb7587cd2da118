using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Messaging;
using Spectre.Console;

namespace LlmBroker.Cli.Doctor;

/// <summary><c>llmbroker doctor</c>: what is wrong, and what to do.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Check configuration, RabbitMQ, ledger and providers. Exit code 1: there is a fault.") { SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.All);
            findings.Add(Finding.Ok("configuration", configuration.Source));
            findings.AddRange(configuration.Warnings.Select(warning => Finding.Warning("configuration", warning.ToString(), "See README, Configuration.")));
            findings.AddRange(await CheckAsync(configuration, await ConfigurationCheck.EffectiveAsync(configuration, cancellationToken), cancellationToken));
        }
        catch (BrokerConfigurationException exception)
        {
            findings.AddRange(exception.Faults.Select(fault => Finding.Fault("configuration", fault.ToString(), "Correct it; nothing else was checked.")));
        }

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(findings);
        else
            Print(findings);
        return findings.Exists(finding => finding.Severity == Severity.Fault) ? ExitCode.Failed : ExitCode.Success;
    }

    private static async Task<IEnumerable<Finding>> CheckAsync(BrokerConfiguration configuration, BrokerConfiguration effective, CancellationToken cancellationToken)
    {
        var options = effective.Options;
        var rabbitMq = options.RabbitMq.InMemory
            ? Task.FromResult<IReadOnlyList<Finding>>([Finding.Warning("RabbitMQ", "in memory", "Requests in the queue are gone with the process; use RabbitMQ for more than a first try.")])
            : RabbitMqCheck.RunAsync(
                new RabbitMqConnection(options.RabbitMq, configuration.Secrets.Resolve(options.RabbitMq.Password)?.Reveal()), options, cancellationToken);
        var ledger = LedgerCheck.RunAsync(configuration, TimeProvider.System, cancellationToken);
        var providers = Task.WhenAll(options.Providers.Select(provider => ProviderCheck.RunAsync(provider.Key, provider.Value, configuration.Secrets, cancellationToken)));
        var configurations = ConfigurationCheck.RunAsync(configuration, cancellationToken);
        return [.. await rabbitMq, .. await ledger, .. await configurations, .. await providers];
    }

    private static void Print(List<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (mark, color) = finding.Severity switch
            {
                Severity.Ok => ("ok   ", "green"),
                Severity.Warning => ("warn ", "yellow"),
                _ => ("FAULT", "red"),
            };
            AnsiConsole.MarkupLine($"[{color}]{mark}[/] [bold]{Markup.Escape(finding.Check)}[/]: {Markup.Escape(finding.Text)}");
            if (finding.Remedy is { } remedy)
                AnsiConsole.MarkupLine($"      [dim]{Markup.Escape(remedy)}[/]");
        }
    }
}

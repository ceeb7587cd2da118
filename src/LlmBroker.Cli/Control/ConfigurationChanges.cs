using System.CommandLine;
using LlmBroker.Cli.Amqp;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Messaging;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Spectre.Console;

namespace LlmBroker.Cli.Control;

/// <summary>What the commands that change the configuration share: the change itself, and telling the processes.</summary>
internal static class ConfigurationChanges
{
    public static readonly Option<string> By = new("--by")
    {
        Description = "Who changes it, for the history. Default: the user of this machine.",
        DefaultValueFactory = _ => $"{Environment.UserName}@{Environment.MachineName}",
    };

    public static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history." };

    /// <summary>The file as this command sees it. The vendors' keys are the workers' to have.</summary>
    public static BrokerConfiguration Load(ParseResult arguments) =>
        BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger | ConfigurationNeeds.Routing);

    /// <summary>Changes and tells every process.</summary>
    /// <exception cref="BrokerConfigurationException">What it would come to has faults; nothing was changed.</exception>
    public static async Task<int> ApplyAsync(
        ParseResult arguments, BrokerConfiguration file, IReadOnlyList<ConfigurationEdit> edits, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(file);
        var changes = await services.GetRequiredService<ConfigurationEditor>().ChangeAsync(
            file, edits, arguments.GetRequiredValue(By), arguments.GetValue(Reason), cancellationToken);
        var told = changes.Count == 0 || await TellAsync(file, changes[0].Revision, cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { revision = changes.Count == 0 ? (long?)null : changes[0].Revision, changes });
        else
            Print(changes, told);
        return ExitCode.Success;
    }

    private static void Print(IReadOnlyList<ConfigurationChange> changes, bool told)
    {
        if (changes.Count == 0)
        {
            AnsiConsole.WriteLine("It is so already; nothing was changed.");
            return;
        }

        foreach (var change in changes)
            AnsiConsole.Console.WriteLine($"{change.Path}: {change.Before ?? "(default)"} → {change.After ?? "as in the file"}");
        AnsiConsole.WriteLine(told
            ? $"Revision {changes[0].Revision}; every process follows within a second."
            : $"Revision {changes[0].Revision}; the processes could not be told and follow by themselves within 10 s.");
    }

    private static async Task<bool> TellAsync(BrokerConfiguration file, long revision, CancellationToken cancellationToken)
    {
        var options = file.Options.RabbitMq;
        if (options.InMemory)
            return false;

        try
        {
            var connection = new RabbitMqConnection(options, file.Secrets.Resolve(options.Password)?.Reveal());
            await using var link = await BrokerLink.OpenAsync(connection.CreateFactory("llmbroker config"), cancellationToken);
            await link.Channel.BasicPublishAsync(
                BrokerTopology.Control, "", mandatory: false, new BasicProperties(), ControlMessage.ToBytes(new ControlMessage { Revision = revision }), cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && (exception is BrokerUnreachableException or RabbitMQClientException or InvalidOperationException || BrokerLink.IsLoss(exception)))
        {
            // The poll is there for this.
            return false;
        }
    }
}

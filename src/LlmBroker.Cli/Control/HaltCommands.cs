using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Messaging;

namespace LlmBroker.Cli.Control;

/// <summary><c>llmbroker pause</c>, <c>drain</c> and <c>resume</c>: what a deployment takes.</summary>
internal static class HaltCommands
{
    private static readonly Argument<string> Deployment = new("deployment") { Description = "Name of the deployment." };
    private static readonly Option<string?> InLane = new("--lane") { Description = "Only this lane: interactive, standard or bulk. Default: all." };

    public static IEnumerable<Command> Create()
    {
        InLane.AcceptOnlyFromAmong(Lane.All);
        yield return Create(
            "pause", "Stop calling a deployment: its requests wait in the queue, new ones go to others that serve the model.", (_, name, lanes) => ConfigurationEditor.Halt(name, lanes, LaneState.Paused));
        yield return Create(
            "drain", "Send nothing new to a deployment while another serves its model; it finishes what it has.", (_, name, lanes) => ConfigurationEditor.Halt(name, lanes, LaneState.Draining));
        yield return Create("resume", "End a pause or a drain.", ConfigurationEditor.Resume);
    }

    private static Command Create(string name, string description, Func<BrokerConfiguration, string, IReadOnlyList<string>, IReadOnlyList<ConfigurationEdit>> edits)
    {
        var command = new Command(name, description) { Deployment, InLane, ConfigurationChanges.By, ConfigurationChanges.Reason, SharedOptions.Json };
        command.SetAction((arguments, cancellationToken) =>
        {
            var file = ConfigurationChanges.Load(arguments);
            IReadOnlyList<string> lanes = arguments.GetValue(InLane) is { } lane ? [lane] : Lane.All;
            return ConfigurationChanges.ApplyAsync(arguments, file, edits(file, arguments.GetRequiredValue(Deployment), lanes), cancellationToken);
        });
        return command;
    }
}

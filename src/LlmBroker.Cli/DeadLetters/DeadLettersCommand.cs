using System.CommandLine;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters</c>: groups, list, show, redrive, discard.</summary>
internal static class DeadLettersCommand
{
    public static Command Create() => new("dead-letters", "What failed and needs an operator.")
    {
        GroupsCommand.Create(),
        ListCommand.Create(),
        ShowCommand.Create(),
        RedriveCommand.Create(),
        DiscardCommand.Create(),
    };
}

using System.CommandLine;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route</c>: how requests are classified, why, and how well.</summary>
internal static class RouteCommand
{
    public static Command Create() => new("route", "How requests are classified and routed, why, and how well.")
    {
        ExplainCommand.Create(),
        EvaluateCommand.Create(),
        TrainCommand.Create(),
    };
}

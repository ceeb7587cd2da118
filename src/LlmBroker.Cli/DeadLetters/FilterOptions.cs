using System.CommandLine;
using System.CommandLine.Parsing;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;

namespace LlmBroker.Cli.DeadLetters;

/// <summary>The options that say which dead letters are meant, the same in every verb.</summary>
internal static class FilterOptions
{
    private static readonly Option<FailureReason?> Reason = new("--reason") { Description = "Only this reason, such as KeyRefused or Exhausted." };
    private static readonly Option<string?> Tenant = new("--tenant") { Description = "Only this tenant's." };
    private static readonly Option<string?> Deployment = new("--deployment") { Description = "Only those that failed at this deployment." };
    private static readonly Option<string?> Task = new("--task") { Description = "Only this kind of work, such as translation." };
    private static readonly Option<string?> Request = new("--request") { Description = "Only those of this request id." };
    private static readonly Option<string?> ErrorText = new("--error") { Description = "Only those whose error holds this text, whatever the case." };
    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "Dead-lettered since: an age such as 24h or 7d, or a time.", CustomParser = PointInTime.Parse };
    private static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "Dead-lettered before: the same.", CustomParser = PointInTime.Parse };

    // In a redrive --model and --lane say where to, so that where from has a name of its own, which every verb takes.
    private static readonly Option<string?> FromModel = new("--from-model") { Description = "Only those that failed at this model." };
    private static readonly Option<string?> FromLane = new("--from-lane") { Description = "Only those of this lane." };
    private static readonly Option<string?> Model = new("--model") { Description = "The same as --from-model." };
    private static readonly Option<string?> Lane = new("--lane") { Description = "The same as --from-lane." };

    private static readonly Option[] Always = [Reason, Tenant, FromModel, Deployment, FromLane, Task, Request, ErrorText, Since, Until];

    /// <summary>Adds them; the short names of model and lane too, except where they mean something else.</summary>
    public static Command WithFilter(this Command command, bool withShortNames = true)
    {
        foreach (var option in withShortNames ? [.. Always, Model, Lane] : Always)
            command.Options.Add(option);
        return command;
    }

    /// <summary>Whether any of them was given.</summary>
    public static bool AreGiven(CommandResult result) =>
        Always.Append(Model).Append(Lane).Any(option => result.Command.Options.Contains(option) && result.GetResult(option) is not null);

    public static DeadLetterFilter Read(ParseResult arguments, bool withShortNames = true) => new()
    {
        Reason = arguments.GetValue(Reason),
        Tenant = arguments.GetValue(Tenant),
        Model = arguments.GetValue(FromModel) ?? (withShortNames ? arguments.GetValue(Model) : null),
        Deployment = arguments.GetValue(Deployment),
        Lane = arguments.GetValue(FromLane) ?? (withShortNames ? arguments.GetValue(Lane) : null),
        Task = arguments.GetValue(Task),
        RequestId = arguments.GetValue(Request),
        ErrorText = arguments.GetValue(ErrorText),
        Since = arguments.GetValue(Since),
        Until = arguments.GetValue(Until),
    };
}

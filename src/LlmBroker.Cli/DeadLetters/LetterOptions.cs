using System.CommandLine;
using System.CommandLine.Parsing;

namespace LlmBroker.Cli.DeadLetters;

/// <summary>What the verbs that change letters share: which ones, and who asks.</summary>
internal static class LetterOptions
{
    public static readonly Argument<Guid[]> Ids = new("id") { Description = "Ids of dead letters.", Arity = ArgumentArity.ZeroOrMore };
    public static readonly Option<bool> All = new("--all") { Description = "All that wait for an operator and that the filter finds." };

    public static readonly Option<string> By = new("--by")
    {
        Description = "Who asks, for the record. Default: the user of this shell.",
        DefaultValueFactory = _ => Environment.UserName,
    };

    public static void NeedIdsOrAll(CommandResult result)
    {
        if ((result.GetValue(Ids) ?? []).Length == 0 == !result.GetValue(All))
            result.AddError("Give ids, or --all with a filter.");
        else if (!result.GetValue(All) && FilterOptions.AreGiven(result))
            result.AddError("A filter goes with --all; leave it out where ids are given.");
    }
}

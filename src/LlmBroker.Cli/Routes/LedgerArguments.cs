using System.CommandLine;

namespace LlmBroker.Cli.Routes;

/// <summary>Which requests of the ledger a model learns from or is measured on.</summary>
internal static class LedgerArguments
{
    public static readonly Option<bool> FromLedger = new("--from-ledger") { Description = "On answered requests of the ledger of which feedback or a cascade said something." };
    public static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "With --from-ledger: an age such as 24h or 7d, or a time. Default: 30d.", CustomParser = PointInTime.Parse };
    public static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "With --from-ledger: the same for the end. Default: now.", CustomParser = PointInTime.Parse };

    public static readonly Option<int?> HoldOutDays = new("--hold-out-days")
    {
        Description = "With --from-ledger: models are compared on so many of the last UTC days, and on today; learning stops before. Default: 7; eval without --model compares only when this is given.",
    };

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { FromLedger, Since, Until, HoldOutDays })
            command.Options.Add(option);
        command.Validators.Add(static result =>
        {
            if (result.GetValue(HoldOutDays) is < 1)
                result.AddError("--hold-out-days takes at least 1.");
            if (result.GetValue(FromLedger))
                return;
            foreach (var option in new Option[] { Since, Until, HoldOutDays })
            {
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} goes with --from-ledger.");
            }
        });
    }
}

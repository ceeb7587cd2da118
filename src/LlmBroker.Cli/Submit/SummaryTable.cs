using Spectre.Console;

namespace LlmBroker.Cli.Submit;

/// <summary>The end of a job for a person.</summary>
internal static class SummaryTable
{
    public static void Write(IAnsiConsole console, SubmitSummary summary)
    {
        var models = new Table().Border(TableBorder.Rounded).AddColumns("Model", "Tier");
        foreach (var heading in (ReadOnlySpan<string>)["Completed", "Truncated", "Input tokens", "Output tokens", "Cost"])
            models.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var model in summary.Models)
        {
            models.AddRow(
                model.Model.EscapeMarkup(),
                (model.Tier ?? "").EscapeMarkup(),
                $"{model.Completed:N0}",
                $"{model.Truncated:N0}",
                $"{model.InputTokens:N0}",
                $"{model.OutputTokens:N0}",
                ProgressText.CostOf(model.KnownCostUsd, model.CostUnknown));
        }

        if (summary.Models.Count > 0)
            console.Write(models);

        var facts = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Add("Lines", $"{summary.Total:N0}");
        Add("Completed", $"{summary.Completed:N0}{(summary.Truncated > 0 ? $", {summary.Truncated:N0} of them truncated" : "")}");
        foreach (var (reason, count) in summary.FailedByReason)
            Add($"Failed: {reason}", $"{count:N0}");
        if (summary.InvalidLines > 0)
            Add("Lines not sent", $"{summary.InvalidLines:N0}");
        Add("Tokens", $"{summary.InputTokens:N0} in, {summary.OutputTokens:N0} out");
        Add("Cost", ProgressText.CostOf(summary.KnownCostUsd, summary.CostUsd is null ? 1 : 0) + (summary.CostUsd is null ? ", some prices are unknown" : ""));
        Add("Time", $"{ProgressText.DurationOf(TimeSpan.FromSeconds(summary.WallSeconds))}, {summary.RequestsPerSecond:N1} req/s");
        Add("Answers", summary.Output);
        if (summary.Errors is { } errors)
            Add("Failures", errors);
        console.Write(facts);

        void Add(string name, string value) => facts.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
    }
}

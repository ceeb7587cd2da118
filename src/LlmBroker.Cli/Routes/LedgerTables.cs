using System.Globalization;
using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary>Scores on a ledger, and models beside each other, for people and as JSON.</summary>
internal static class LedgerTables
{
    public static Table Header(string first)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(Markup.Escape(first)).NoWrap());
        foreach (var header in new[] { "cheap answers", "bad", "AUC", "APGR", "CPT50", "CPT80", "calibration error", "USD at 80 %" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        return table;
    }

    public static void Add(Table table, string name, LedgerScore score) => table.AddRow(
        Markup.Escape(name), CellText.Count(score.Rows), CellText.Count(score.Bad), Text(score.Auc), Text(score.Apgr), Text(score.Cpt50), Text(score.Cpt80),
        Text(score.CalibrationError), Money(score.UsdAt80));

    /// <param name="days">On which they are compared.</param>
    /// <param name="comparison">Of the two.</param>
    /// <param name="other">What the other model is called.</param>
    public static void Print(LedgerDays days, LedgerComparison comparison, string other)
    {
        var (running, learnt) = (comparison.Running, comparison.Other);
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("held out").NoWrap());
        foreach (var header in new[] { "running model", other, "difference, 95 %" })
            table.AddColumn(new TableColumn(Markup.Escape(header)).RightAligned());
        table.AddRow("AUC", Text(running.Auc), Text(learnt.Auc), Markup.Escape(Text(comparison.Auc)));
        table.AddRow("APGR", Text(running.Apgr), Text(learnt.Apgr), Markup.Escape(Text(comparison.Apgr)));
        table.AddRow("loss", Text(running.Loss), Text(learnt.Loss), Markup.Escape(Text(comparison.Loss)));
        table.AddRow("calibration error", Text(running.CalibrationError), Text(learnt.CalibrationError), "");
        table.AddRow("large for 50 % of the bad", Text(running.Cpt50), Text(learnt.Cpt50), "");
        table.AddRow("large for 80 %", Text(running.Cpt80), Text(learnt.Cpt80), "");
        table.AddRow("USD for 80 %", Money(running.UsdAt80), Money(learnt.UsdAt80), "");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(
            $"Held out since {CellText.Time(days.HeldOutFrom)}: {Labels(days.HeldOut)}{(days.ByLot ? ", by lot" : "")}; {CellText.Count(running.Bad)} bad. {(comparison.WhyNot is { } reason ? $"NOT better: {reason}" : "Better")}.");
    }

    /// <summary>How many labels there are, by what said so, and of how many days.</summary>
    public static string Labels(IEnumerable<LedgerExample> examples)
    {
        var cheap = examples.Where(example => example.OfCheap).ToArray();
        var sources = string.Join(", ", cheap.GroupBy(example => example.Source).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {CellText.Count(group.Count())}"));
        return $"{CellText.Count(cheap.Length)} labels of cheap answers ({sources}), {DaysOf(cheap)} days";
    }

    /// <summary>UTC days on which one of them was accepted.</summary>
    public static int DaysOf(IEnumerable<LedgerExample> examples) => examples.Select(example => example.AcceptedAt.UtcDateTime.Date).Distinct().Count();

    public static object Json(LedgerScore score) => new
    {
        n = score.Rows, bad = score.Bad, auc = Number(score.Auc), apgr = Number(score.Apgr), cpt50 = Number(score.Cpt50), cpt80 = Number(score.Cpt80),
        loss = Number(score.Loss), calibration_error = Number(score.CalibrationError), usd_at_80 = score.UsdAt80,
    };

    public static object Json(RoutingModelDifference difference) => new { value = Number(difference.Value), low = Number(difference.Low), high = Number(difference.High) };

    private static string Money(decimal? usd) => usd is { } known ? CellText.Money(known) : "unknown";

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(RoutingModelDifference difference) => string.Create(
        CultureInfo.InvariantCulture, $"{difference.Value:+0.000;-0.000;0.000} [{difference.Low:+0.000;-0.000;0.000}, {difference.High:+0.000;-0.000;0.000}]");

    private static double? Number(double value) => double.IsNaN(value) ? null : Math.Round(value, 4);
}

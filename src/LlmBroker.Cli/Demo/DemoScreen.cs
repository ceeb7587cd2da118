using System.Globalization;
using LlmBroker.Cli.Savings;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Savings;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlmBroker.Cli.Demo;

/// <summary>What the demo shows.</summary>
internal sealed class DemoScreen(IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);

    public void Start(int requests, DirectoryInfo folder)
    {
        console.MarkupLine("[bold]LlmBroker demo[/]: router, workers, ledger and two simulated vendors in this process.");
        console.MarkupLine("[yellow]Embedded mode: the queue is in memory and not durable; answers are simulated.[/]");
        console.MarkupLineInterpolated($"[dim]{requests} requests, results in {folder.FullName}[/]");
        console.WriteLine();
    }

    /// <summary>Follows the tally until all is answered; on a terminal in place, else a line a second.</summary>
    public async Task FollowAsync(DemoTally tally, Task finished, CancellationToken cancellationToken)
    {
        if (console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi)
        {
            await console.Live(Picture(tally.Now())).StartAsync(async live =>
            {
                while (!finished.IsCompleted)
                {
                    live.UpdateTarget(Picture(tally.Now()));
                    await Task.WhenAny(finished, Task.Delay(Refresh, time, cancellationToken));
                    cancellationToken.ThrowIfCancellationRequested();
                }

                live.UpdateTarget(Picture(tally.Now()));
            });
        }
        else
        {
            while (!finished.IsCompleted)
            {
                await Task.WhenAny(finished, Task.Delay(LineInterval, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
                console.WriteLine(Line(tally.Now()));
            }
        }

        await finished;
    }

    public void Summary(DemoTally tally)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(Left("task")).AddColumn(Left("model"))
            .AddColumn(Right("jobs")).AddColumn(Right("tokens in")).AddColumn(Right("out"))
            .AddColumn(Right("USD")).AddColumn(Right("on large")).AddColumn(Right("saved"));
        decimal cost = 0, onLarge = 0;
        foreach (var (task, model, sums) in tally.Rows())
        {
            cost += sums.CostUsd;
            onLarge += sums.CostOnLargeUsd;
            AddRow(table, task, model, sums);
        }

        table.AddEmptyRow();
        AddRow(table, "all", "", Sum(tally, cost, onLarge));
        console.Write(table);
        var snapshot = tally.Now();
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[bold]{tally.Completed}[/] of {snapshot.Total} completed in {snapshot.Elapsed.TotalSeconds:0.0} s; {tally.RepeatCalls} calls were made again, after vendor faults (429, 500, 529) or answers that a cascade rejected; no caller noticed.");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[bold green]{Saved(cost, onLarge)} saved[/]: {cost:0.0000} USD instead of {onLarge:0.0000} with every request on {DemoVendors.Large}, at the same token counts.");
        console.WriteLine();
    }

    public void Savings(SavingsReport report)
    {
        SavingsTable.Write(console, "task", report);
        console.WriteLine();
    }

    public void Letter(StoredDeadLetter letter) => console.Write(
        new Panel(new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"[bold]{letter.Letter.RequestId}[/] on {letter.Letter.Deployment}: [red]{letter.Letter.Reason}[/], {letter.Letter.Attempts} attempt(s), cost so far {letter.Letter.CostUsd ?? 0:0.######} USD\n{Markup.Escape(letter.Letter.Error)}")))
        {
            Header = new PanelHeader($" dead letter {letter.Letter.Id.ToString()[..8]} "),
            Expand = false,
        });

    public void Redriven(InferenceCompleted reply) => console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
        $"The vendor accepts the key again; redriven as run {reply.Run}: [green]completed[/], {reply.Attempts} attempts in all, {reply.CostUsd:0.######} USD.");

    public void NotRedriven(string why) => console.MarkupLineInterpolated($"[red]The dead letter was not redriven: {why}[/]");

    public void Results(DirectoryInfo folder)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"Replies: [bold]{Path.Combine(folder.FullName, DemoRun.RepliesFile)}[/]");
        console.MarkupLineInterpolated($"Ledger:  [bold]{Path.Combine(folder.FullName, "ledger.db")}[/] (SQLite)");
    }

    public void Keeping(string address) =>
        console.MarkupLineInterpolated($"Still running; health at [bold]{address}/health/ready[/]. Ctrl-C ends.");

    private static Rows Picture(DemoTally.Snapshot now)
    {
        var done = new BreakdownChart().Width(72).HideTags()
            .AddItem("done", now.Done - now.Failed, Color.Green)
            .AddItem("failed", now.Failed, Color.Red)
            .AddItem("open", now.Total - now.Done, Color.Grey23);
        return new Rows(done, new Text(Line(now)));
    }

    private static string Line(DemoTally.Snapshot now) => string.Create(
        CultureInfo.InvariantCulture,
        $"{now.Done}/{now.Total} done, {now.PerSecond:0} req/s, cheap {now.CheapShare:P0} / large {1 - now.CheapShare:P0}, {now.CostUsd:0.0000} USD, ETA {now.Remaining?.TotalSeconds ?? 0:0} s");

    private static void AddRow(Table table, string task, string model, DemoTally.Row sums) => table.AddRow(
        task,
        model,
        sums.Requests.ToString(CultureInfo.InvariantCulture),
        sums.InputTokens.ToString("N0", CultureInfo.InvariantCulture),
        sums.OutputTokens.ToString("N0", CultureInfo.InvariantCulture),
        sums.CostUsd.ToString("0.0000", CultureInfo.InvariantCulture),
        sums.CostOnLargeUsd.ToString("0.0000", CultureInfo.InvariantCulture),
        Saved(sums.CostUsd, sums.CostOnLargeUsd));

    private static DemoTally.Row Sum(DemoTally tally, decimal cost, decimal onLarge) => new(
        tally.Completed, tally.Rows().Sum(row => row.Sums.InputTokens), tally.Rows().Sum(row => row.Sums.OutputTokens), cost, onLarge);

    private static string Saved(decimal cost, decimal onLarge) =>
        onLarge == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{(onLarge - cost) / onLarge:P0}");

    private static TableColumn Left(string header) => new TableColumn(header).NoWrap();

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned().NoWrap();
}

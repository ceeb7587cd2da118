using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlmBroker.Cli.Submit;

/// <summary>Shows how far a job is, on standard error: a bar on a terminal, else a line every few seconds.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan LivePeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PlainPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Shows until <paramref name="work"/> ends, however it ends.</summary>
    public static Task ShowAsync(IAnsiConsole console, Func<(ProgressReading Progress, string Text)> read, Task work, TimeProvider time) =>
        console.Profile.Out.IsTerminal ? ShowLiveAsync(console, read, work, time) : ShowPlainAsync(console, read, work, time);

    private static Task ShowLiveAsync(IAnsiConsole console, Func<(ProgressReading Progress, string Text)> read, Task work, TimeProvider time) =>
        console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new DescriptionColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("submit");
                await EveryAsync(LivePeriod, work, time, () =>
                {
                    var (progress, text) = read();
                    bar.MaxValue = Math.Max(progress.Total, 1);
                    bar.Value = progress.Done;
                    bar.Description = text.EscapeMarkup();
                });
            });

    private static Task ShowPlainAsync(IAnsiConsole console, Func<(ProgressReading Progress, string Text)> read, Task work, TimeProvider time) =>
        EveryAsync(PlainPeriod, work, time, () => console.Profile.Out.Writer.WriteLine(read().Text));

    private static async Task EveryAsync(TimeSpan period, Task work, TimeProvider time, Action show)
    {
        using var timer = new PeriodicTimer(period, time);
        while (true)
        {
            var tick = timer.WaitForNextTickAsync().AsTask();
            if (await Task.WhenAny(work, tick) == work)
                return;
            show();
        }
    }

    /// <summary>The text as wide as it is; Spectre's own column aligns it to the right and cuts it.</summary>
    private sealed class DescriptionColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Markup(task.Description);
    }
}

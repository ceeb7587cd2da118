using Spectre.Console;

namespace LlmBroker.Cli;

/// <summary>A file or a pipe has no width: tables there must not be squeezed into 80 columns.</summary>
internal static class WideOutput
{
    private const int Columns = 220;

    /// <summary>More than a message has.</summary>
    private const int Unbroken = 100_000;

    public static void WhenRedirected()
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Columns;
    }

    /// <summary>A console on standard error, which breaks no line that goes to a file: a path in it must stay one.</summary>
    public static IAnsiConsole OnError()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected)
            console.Profile.Width = Unbroken;
        return console;
    }
}

using Spectre.Console;

namespace LlmBroker.Cli;

/// <summary>A file or a pipe has no width: tables there must not be squeezed into 80 columns.</summary>
internal static class WideOutput
{
    private const int Columns = 220;

    public static void WhenRedirected()
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Columns;
    }
}

using System.CommandLine;

namespace LlmBroker.Cli.Serve;

/// <summary><c>llmbroker health</c>: asks a running process, for container health checks where there is no curl.</summary>
internal static class HealthCommand
{
    private static readonly Option<Uri> Url = new("--url")
    {
        Description = "What to ask.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080/health/ready"),
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) ? url : null,
    };

    public static Command Create()
    {
        var command = new Command("health", "Exit code 0 when the process at the address is ready.") { Url };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(arguments.GetRequiredValue(Url), cancellationToken);
            Console.Out.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? ExitCode.Success : ExitCode.Failed;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return CommandErrors.Report($"{arguments.GetRequiredValue(Url)}: {exception.Message}");
        }
    }
}

using System.CommandLine;
using LlmBroker.Configuration;

namespace LlmBroker.Cli.Serve;

/// <summary><c>llmbroker serve</c>: runs roles until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly Option<string[]> Roles = new("--roles")
    {
        Description = "What this process does: router, worker. Default: both.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
        DefaultValueFactory = _ => ["router", "worker"],
    };

    private static readonly Option<string> Urls = new("--urls")
    {
        Description = "Where /health/live and /health/ready answer.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    public static Command Create()
    {
        var command = new Command("serve", "Run the router, the workers, or both.") { Roles, Urls };
        Roles.Validators.Add(result =>
        {
            foreach (var role in result.Tokens.SelectMany(token => token.Value.Split(',')).Where(role => Parse(role) == BrokerRoles.None))
                result.AddError($"Role '{role}' is unknown; use router or worker.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var roles = arguments.GetValue(Roles)!.Aggregate(BrokerRoles.None, (all, role) => all | Parse(role));
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.All);
        await using var host = BrokerHost.Build(configuration, roles, arguments.GetValue(Urls)!);
        await host.RunAsync(cancellationToken);
        return ExitCode.Success;
    }

    private static BrokerRoles Parse(string role) => role.Trim() switch
    {
        "router" => BrokerRoles.Router,
        "worker" => BrokerRoles.Worker,
        _ => BrokerRoles.None,
    };
}

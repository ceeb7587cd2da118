using System.CommandLine;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Tenants;

/// <summary><c>llmbroker tenants</c>: RabbitMQ users and whose they are.</summary>
internal static partial class TenantsCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "Name of the tenant: the first part of its routing keys." };
    private static readonly Option<string?> User = new("--user") { Description = "RabbitMQ user: made where there is none of that name, else its password stays. Default: the tenant's name." };
    private static readonly Option<bool> Print = new("--print") { Description = "Only print the commands that an administrator of RabbitMQ would run; the tenant is added to the ledger all the same." };

    public static Command Create()
    {
        Name.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !NamePattern().IsMatch(token.Value))
                result.AddError($"'{token.Value}' cannot be a tenant's name: use lower-case letters, digits and '-', at most 63; it becomes part of routing keys.");
        });
        var add = new Command("add", "Make a RabbitMQ user that can publish under its own keys and read its own reply queues, and map it to the tenant.") { Name, User, Print };
        add.SetAction(AddAsync);
        var list = new Command("list", "RabbitMQ users and their tenants.") { SharedOptions.Json };
        list.SetAction(ListAsync);
        return new Command("tenants", "Who may publish, and under which keys.") { add, list };
    }

    private static async Task<int> AddAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger | ConfigurationNeeds.Messaging);
        var options = configuration.Options.RabbitMq;
        var connection = new RabbitMqConnection(options, configuration.Secrets.Resolve(options.Password)?.Reveal());
        var tenant = arguments.GetRequiredValue(Name);
        var access = new TenantAccess(tenant, arguments.GetValue(User) ?? tenant, connection.VirtualHost, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        if (access.User == connection.Username)
        {
            // A tenant's permissions would keep the broker from its own queues.
            AnsiConsole.WriteLine($"RabbitMQ user {access.User} is the broker's own: its password and permissions stay.");
        }
        else if (arguments.GetValue(Print) || options.ManagementUri is null)
        {
            foreach (var command in access.Commands())
                Console.Out.WriteLine(command);
        }
        else
        {
            using var management = new ManagementApi(options.ManagementUri, connection.Credentials);
            if (await GrantAsync(management, access, cancellationToken) is { } refusal)
                return CommandErrors.Report($"RabbitMQ's management API at {options.ManagementUri} refused: {refusal}. The user of 'rabbitMq' needs the tag administrator; or run it with --print and hand the commands to an administrator.");
        }

        await using var services = LedgerServices.Open(configuration);
        await services.GetRequiredService<TenantStore>().AddAsync(access.User, tenant, access.ReplyPrefix, cancellationToken);
        AnsiConsole.WriteLine($"Tenant '{tenant}': publishes to {BrokerTopology.Requests} with keys {tenant}.*, reply queues begin with {access.ReplyPrefix}; routers know it within 2 s.");
        return ExitCode.Success;
    }

    /// <summary>A user that is there may be publishing: a new password would shut it out.</summary>
    private static async Task<string?> GrantAsync(ManagementApi management, TenantAccess access, CancellationToken cancellationToken)
    {
        var (isThere, unknown) = await management.FindUserAsync(access.User, cancellationToken);
        if (unknown is not null)
            return unknown;

        if (!isThere)
        {
            if (await management.MakeUserAsync(access, cancellationToken) is { } notMade)
                return notMade;

            // Before anything else can fail: the next attempt finds the user there.
            AnsiConsole.WriteLine($"RabbitMQ user {access.User}, password {access.Password} (shown once).");
        }

        if (await management.GrantAsync(access, cancellationToken) is { } notGranted)
            return notGranted;

        if (isThere)
            AnsiConsole.WriteLine($"RabbitMQ user {access.User} was there already: its password stays, its permissions on {access.VirtualHost} are the tenant's now.");
        return null;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var tenants = await services.GetRequiredService<TenantStore>().ListAsync(cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(tenants);
            return ExitCode.Success;
        }

        if (tenants.Count == 0)
        {
            AnsiConsole.WriteLine("No tenants: everybody who can publish is the tenant 'default'.");
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("RabbitMQ user", "tenant", "reply queues", "since");
        foreach (var mapping in tenants)
            table.AddRow(Markup.Escape(mapping.RabbitMqUser), Markup.Escape(mapping.Tenant), Markup.Escape(mapping.ReplyPrefix + "*"), CellText.Time(mapping.CreatedAt));
        AnsiConsole.Write(table);
        return ExitCode.Success;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NamePattern();
}

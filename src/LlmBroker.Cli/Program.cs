using System.CommandLine;
using LlmBroker.Cli;
using LlmBroker.Cli.Cancel;
using LlmBroker.Cli.Control;
using LlmBroker.Cli.DeadLetters;
using LlmBroker.Cli.Demo;
using LlmBroker.Cli.Doctor;
using LlmBroker.Cli.Feedback;
using LlmBroker.Cli.Prices;
using LlmBroker.Cli.Requests;
using LlmBroker.Cli.Retention;
using LlmBroker.Cli.Routes;
using LlmBroker.Cli.Savings;
using LlmBroker.Cli.Send;
using LlmBroker.Cli.Serve;
using LlmBroker.Cli.Submit;
using LlmBroker.Cli.Tenants;
using LlmBroker.Cli.Usage;

var root = new RootCommand("LlmBroker: asynchronous LLM inference over RabbitMQ.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    MigrateCommand.Create(),
    DoctorCommand.Create(),
    HealthCommand.Create(),
    SubmitCommand.Create(),
    SendCommand.Create(),
    StatusCommand.Create(),
    ResultCommand.Create(),
    CancelCommand.Create(),
    FeedbackCommand.Create(),
    UsageCommand.Create(),
    DuplicatesCommand.Create(),
    SavingsCommand.Create(),
    PricesCommand.Create(),
    RouteCommand.Create(),
    DeadLettersCommand.Create(),
    RetentionCommand.Create(),
    TenantsCommand.Create(),
    ConfigCommand.Create(),
};
foreach (var halt in HaltCommands.Create())
    root.Subcommands.Add(halt);
root.Options.Add(SharedOptions.Config);
WideOutput.WhenRedirected();
return await CommandErrors.RunAsync(root.Parse(args));

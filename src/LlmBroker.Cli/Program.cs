using System.CommandLine;
using LlmBroker.Cli;
using LlmBroker.Cli.Demo;
using LlmBroker.Cli.Serve;

var root = new RootCommand("LlmBroker: asynchronous LLM inference over RabbitMQ.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    MigrateCommand.Create(),
};
root.Options.Add(SharedOptions.Config);
return await CommandErrors.RunAsync(root.Parse(args));

using System.CommandLine;
using LlmBroker.Cli;
using LlmBroker.Cli.Cancel;
using LlmBroker.Cli.Demo;
using LlmBroker.Cli.Send;
using LlmBroker.Cli.Serve;
using LlmBroker.Cli.Submit;

var root = new RootCommand("LlmBroker: asynchronous LLM inference over RabbitMQ.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    MigrateCommand.Create(),
    SubmitCommand.Create(),
    SendCommand.Create(),
    CancelCommand.Create(),
};
root.Options.Add(SharedOptions.Config);
return await CommandErrors.RunAsync(root.Parse(args));

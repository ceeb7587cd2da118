using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Messaging;
using RabbitMQ.Client;

namespace LlmBroker.Cli.Amqp;

/// <summary>How a command that is a producer reaches RabbitMQ.</summary>
internal static class BrokerAccess
{
    /// <param name="arguments">Names the configuration.</param>
    /// <param name="name">The command, as RabbitMQ shows the connection.</param>
    /// <exception cref="BrokerConfigurationException">The configuration cannot be used, or has no RabbitMQ.</exception>
    public static ConnectionFactory Load(ParseResult arguments, string name)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Messaging);
        var options = configuration.Options.RabbitMq;
        if (options.InMemory)
        {
            throw new BrokerConfigurationException(
                configuration.Source,
                [new("rabbitMq.inMemory", $"is true, and '{name}' is a process of its own that cannot reach queues in another's memory; set 'rabbitMq.uri' instead")]);
        }

        var factory = new RabbitMqConnection(options, configuration.Secrets.Resolve(options.Password)?.Reveal()).CreateFactory($"llmbroker {name}");
        factory.AutomaticRecoveryEnabled = false;
        return factory;
    }
}

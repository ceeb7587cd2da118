using System.Text;
using LlmBroker.Configuration;
using LlmBroker.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Cli.Doctor;

/// <summary>RabbitMQ: reachable, a version that we know, permissions, topology, consumers, dead letters that pile up.</summary>
internal static class RabbitMqCheck
{
    private static readonly Version Oldest = new(3, 10);

    public static async Task<IReadOnlyList<Finding>> RunAsync(RabbitMqConnection connection, BrokerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var factory = connection.CreateFactory("llmbroker doctor");
            factory.AutomaticRecoveryEnabled = false;
            factory.RequestedConnectionTimeout = TimeSpan.FromSeconds(5);
            await using var open = await factory.CreateConnectionAsync(cancellationToken);
            var findings = new List<Finding> { VersionOf(open, connection) };
            await CheckTopologyAsync(open, options, findings, cancellationToken);
            return findings;
        }
        catch (BrokerUnreachableException exception)
        {
            var cause = exception.InnerException is AuthenticationFailureException
                ? $"user '{connection.Username}' was refused"
                : exception.GetBaseException().Message;
            return [Finding.Fault("RabbitMQ", $"{connection.Address}: {cause}", "Check rabbitMq.uri, username, password and virtual host, and that the server runs.")];
        }
    }

    private static Finding VersionOf(IConnection open, RabbitMqConnection connection)
    {
        var text = open.ServerProperties is { } properties && properties.TryGetValue("version", out var bytes) && bytes is byte[] utf8 ? Encoding.UTF8.GetString(utf8) : "unknown";
        return Version.TryParse(text, out var version) && version >= Oldest
            ? Finding.Ok("RabbitMQ", $"{connection.Address} as '{connection.Username}', version {text}")
            : Finding.Warning("RabbitMQ", $"{connection.Address}, version {text}", "LlmBroker is tested with 3.10 and 4.x; upgrade the server.");
    }

    /// <summary>Each question on a channel of its own, since a wrong answer closes the channel.</summary>
    private static async Task CheckTopologyAsync(IConnection open, BrokerOptions options, List<Finding> findings, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        var idle = new List<string>();
        uint dead = 0;
        var work = options.Deployments.Keys.SelectMany(deployment => Lane.All.Select(lane => BrokerTopology.WorkQueue(deployment, lane)));
        foreach (var queue in Lane.All.Select(BrokerTopology.RouteQueue).Concat(work).Append(BrokerTopology.DeadLetter))
        {
            await using var channel = await open.CreateChannelAsync(cancellationToken: cancellationToken);
            try
            {
                var state = await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
                if (state.ConsumerCount == 0)
                    idle.Add(queue);
                if (queue == BrokerTopology.DeadLetter)
                    dead = state.MessageCount;
            }
            catch (OperationInterruptedException)
            {
                missing.Add(queue);
            }
        }

        findings.Add(missing.Count == 0
            ? Finding.Ok("topology", "every queue is there")
            : Finding.Warning("topology", $"{missing.Count} queues are missing, such as {missing[0]}", "'llmbroker serve' makes them when it starts with this configuration."));
        if (missing.Count == 0 && await DeclareAsync(open, options, cancellationToken) is { } mismatch)
            findings.Add(mismatch);
        if (idle.Count > 0)
            findings.Add(Finding.Warning("consumers", $"nobody consumes {idle.Count} queues, such as {idle[0]}", "Start 'llmbroker serve' with the roles that are missing."));
        if (dead > 0)
            findings.Add(Finding.Warning("dead-letter queue", $"{dead} messages wait in {BrokerTopology.DeadLetter}", "A router empties it; start 'llmbroker serve --roles router'."));
    }

    /// <summary>Declaring what exists changes nothing, and tells whether it has other arguments or may not be configured.</summary>
    private static async Task<Finding?> DeclareAsync(IConnection open, BrokerOptions options, CancellationToken cancellationToken)
    {
        await using var channel = await open.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            await BrokerTopology.DeclareAsync(open, channel, options.Deployments.Keys, cancellationToken);
            return null;
        }
        catch (OperationInterruptedException exception)
        {
            return Finding.Fault(
                "topology",
                exception.ShutdownReason?.ReplyText ?? exception.Message,
                exception.ShutdownReason?.ReplyCode == Constants.AccessRefused
                    ? "Give the user of 'rabbitMq' the permissions configure, write and read on this virtual host."
                    : "Somebody declared it otherwise: move its messages, delete it, and start 'llmbroker serve'.");
        }
    }
}

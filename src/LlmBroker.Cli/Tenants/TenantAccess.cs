using System.Text.RegularExpressions;
using LlmBroker.Messaging;

namespace LlmBroker.Cli.Tenants;

/// <summary>What a tenant's RabbitMQ user may do: publish under its own keys, and make and read its own reply queues.</summary>
internal sealed record TenantAccess(string Tenant, string User, string VirtualHost, string Password)
{
    public string ReplyPrefix => $"reply.{Tenant}.";

    /// <summary>Its own and server-named queues, and the exchanges that a stock MassTransit producer declares.</summary>
    public string Configure => $"^({Regex.Escape(ReplyPrefix)}.*|amq\\.gen.*|{Either(BrokerTopology.MassTransitRequests, BrokerTopology.MassTransitFeedback)})$";

    /// <summary>Publishing, and binding queues of its own (which RabbitMQ counts as writing to the queue).</summary>
    public string Write =>
        $"^({Either(BrokerTopology.Requests, BrokerTopology.MassTransitRequests, BrokerTopology.Feedback, BrokerTopology.MassTransitFeedback)}|{Regex.Escape(ReplyPrefix)}.*|amq\\.gen.*)$";

    public string Read => $"^({Regex.Escape(ReplyPrefix)}.*|amq\\.gen.*)$";

    /// <summary>Routing keys on <c>llm.requests</c>.</summary>
    public string Keys => $"^{Regex.Escape(Tenant)}\\.[a-z]+$";

    /// <summary>The same for an administrator's shell.</summary>
    public IEnumerable<string> Commands() =>
    [
        $"rabbitmqctl add_user {User} {Password}",
        $"rabbitmqctl set_permissions -p {VirtualHost} {User} '{Configure}' '{Write}' '{Read}'",
        $"rabbitmqctl set_topic_permissions -p {VirtualHost} {User} {BrokerTopology.Requests} '{Keys}' '^$'",
    ];

    private static string Either(params IEnumerable<string> names) => string.Join('|', names.Select(Regex.Escape));
}

using System.Text.RegularExpressions;
using LlmBroker.Messaging;

namespace LlmBroker.Cli.Tenants;

/// <summary>What a tenant's RabbitMQ user may do: publish under its own keys, and make and read its own reply queues.</summary>
internal sealed record TenantAccess(string Tenant, string User, string VirtualHost, string Password)
{
    public string ReplyPrefix => $"reply.{Tenant}.";

    /// <summary>Its own and server-named queues, and the exchange that a stock MassTransit producer declares.</summary>
    public string Configure => $"^({Regex.Escape(ReplyPrefix)}.*|amq\\.gen.*|{Regex.Escape(BrokerTopology.MassTransitRequests)})$";

    /// <summary>Publishing, and binding queues of its own (which RabbitMQ counts as writing to the queue).</summary>
    public string Write =>
        $"^({Regex.Escape(BrokerTopology.Requests)}|{Regex.Escape(BrokerTopology.MassTransitRequests)}|{Regex.Escape(ReplyPrefix)}.*|amq\\.gen.*)$";

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
}

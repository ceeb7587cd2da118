using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;

namespace LlmBroker.Tenants;

/// <summary>RabbitMQ users and their tenants at one moment. Immutable and pure.</summary>
internal sealed class TenantMap(IEnumerable<TenantMapping> users)
{
    /// <summary>The tenant of everybody while no tenant is configured.</summary>
    public const string DefaultTenant = "default";

    private static readonly Tenant Default = new(DefaultTenant, "");

    private readonly Dictionary<string, Tenant> byUser = users.ToDictionary(
        user => user.RabbitMqUser, user => new Tenant(user.Tenant, user.ReplyPrefix), StringComparer.Ordinal);

    /// <summary>More than one tenant: producers must say who they are.</summary>
    private bool IsShared => byUser.Values.DistinctBy(tenant => tenant.Name).Skip(1).Any();

    /// <summary>Who published.</summary>
    /// <param name="userId">The AMQP <c>user_id</c>, as RabbitMQ validated it.</param>
    /// <param name="keyTenant">The first part of the routing key; null when the message came without one.</param>
    public (Tenant? Tenant, Refusal? Refusal) Identify(string? userId, string? keyTenant)
    {
        if (byUser.Count == 0)
            return (Default, null);

        if (string.IsNullOrEmpty(userId))
        {
            return IsShared
                ? Refuse("The message has no user_id; set the AMQP property user_id to the RabbitMQ user that publishes.")
                : (byUser.Values.First(), null);
        }

        if (!byUser.TryGetValue(userId, out var tenant))
            return Refuse($"RabbitMQ user '{userId}' belongs to no tenant; add it with 'llmbroker tenants add TENANT --user {userId}'.");

        return keyTenant is null || keyTenant == tenant.Name
            ? (tenant, null)
            : Refuse($"The routing key names tenant '{keyTenant}', but user '{userId}' belongs to '{tenant.Name}'.");
    }

    /// <summary>
    /// The tenant to which a refusal of an unidentified message may be answered: that of the routing key, which topic
    /// permissions tie to the publisher.
    /// </summary>
    public Tenant? Named(string? keyTenant) => byUser.Values.FirstOrDefault(tenant => tenant.Name == keyTenant);

    /// <summary>What the tenant's reply queues begin with; for a tenant that nobody publishes for, only direct reply-to is left.</summary>
    public string ReplyPrefixOf(string tenant) =>
        byUser.Count == 0 ? Default.ReplyPrefix : Named(tenant)?.ReplyPrefix ?? ReplyQueueRule.DirectReplyTo;

    private static (Tenant?, Refusal?) Refuse(string message) => (null, new Refusal(FailureReason.UnknownTenant, message));
}

namespace LlmBroker.Tenants;

/// <summary>A row of the table that maps RabbitMQ users to tenants.</summary>
internal sealed record TenantUser(string RabbitMqUser, string Tenant, string ReplyPrefix, DateTimeOffset CreatedAt);

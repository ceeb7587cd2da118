namespace LlmBroker.Tenants;

/// <summary>Who a request belongs to.</summary>
/// <param name="Name">First part of its routing keys and of its rows.</param>
/// <param name="ReplyPrefix">What its reply queues begin with; empty while there is only one tenant.</param>
internal sealed record Tenant(string Name, string ReplyPrefix);

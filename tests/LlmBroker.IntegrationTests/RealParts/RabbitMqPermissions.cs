namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>What a user may do in a virtual host: regular expressions over the names of queues and exchanges.</summary>
public sealed record RabbitMqPermissions(string Configure, string Write, string Read)
{
    public static RabbitMqPermissions All { get; } = new(".*", ".*", ".*");
}

namespace LlmBroker.Configuration;

/// <summary>How to reach RabbitMQ.</summary>
public sealed record RabbitMqOptions
{
    /// <summary><c>true</c>: no RabbitMQ; queues live in this process and are gone with it (embedded mode). Default: false.</summary>
    public bool InMemory { get; init; }

    /// <summary>
    /// <c>amqp://host:5672/vhost</c>, or <c>amqps://</c> for TLS. May hold a user; a password belongs in <see cref="Password"/>.
    /// Default: <c>amqp://localhost:5672/</c>.
    /// </summary>
    public Uri Uri { get; init; } = new("amqp://localhost:5672/");

    /// <summary>RabbitMQ user. Default: that of <see cref="Uri"/>, else <c>guest</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The user's password. Default: that of <see cref="Uri"/>, else <c>guest</c>.</summary>
    public SecretOptions? Password { get; init; }

    /// <summary>Base address of the management API, for <c>tenants add</c> and <c>doctor</c>. Default: none.</summary>
    public Uri? ManagementUri { get; init; }

    /// <summary>Certificates for <c>amqps</c>.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Deliveries held unacknowledged per route queue. Default: 256.</summary>
    public ushort Prefetch { get; init; } = 256;
}

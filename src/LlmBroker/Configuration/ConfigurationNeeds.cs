namespace LlmBroker.Configuration;

/// <summary>What a command or role uses of the configuration. Everything that is written is checked; only what is needed must be there.</summary>
[Flags]
internal enum ConfigurationNeeds
{
    None = 0,

    /// <summary>A connection to RabbitMQ, with its password.</summary>
    Messaging = 1,

    /// <summary>A ledger, with its password.</summary>
    Ledger = 2,

    /// <summary>Something to route to, and a default for requests that name nothing.</summary>
    Routing = 4,

    /// <summary>Deployments that can be called: the keys of their providers.</summary>
    Vendors = 8,

    All = Messaging | Ledger | Routing | Vendors,
}

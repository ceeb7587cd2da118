namespace LlmBroker;

/// <summary>What a process does; a small site runs all of it in one.</summary>
[Flags]
public enum BrokerRoles
{
    /// <summary>Neither: only for what the others share.</summary>
    None = 0,

    /// <summary>Takes requests from the route queues and decides where each goes.</summary>
    Router = 1,

    /// <summary>Calls the vendors.</summary>
    Worker = 2,

    /// <summary>Both in one process.</summary>
    All = Router | Worker,
}

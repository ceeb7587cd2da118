namespace LlmBroker;

/// <summary>What a process does; a small site runs all of it in one.</summary>
[Flags]
internal enum BrokerRoles
{
    None = 0,
    Router = 1,
    Worker = 2,
    All = Router | Worker,
}

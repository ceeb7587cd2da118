namespace LlmBroker.Ledger;

/// <summary>Who this process is to the ledger: new at every start, so that a restarted worker does not keep the claims of the one before.</summary>
internal sealed class WorkerIdentity
{
    public Guid Id { get; } = Guid.NewGuid();

    public string Host { get; } = Environment.MachineName;
}

namespace LlmBroker.Ledger;

/// <summary>Where a request is. The numbers are those of the column <c>claims.state</c>.</summary>
internal enum ClaimState
{
    Unknown = 0,

    /// <summary>Accepted or redriven, and no worker has had this run.</summary>
    Accepted = 1,

    /// <summary>A worker holds it, as long as its lease is valid.</summary>
    Running = 2,

    /// <summary>Parked, or on its way to another deployment.</summary>
    Waiting = 3,

    /// <summary>The run has its outcome.</summary>
    Finished = 4,
}

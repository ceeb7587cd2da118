using LlmBroker.Configuration;

namespace LlmBroker.Ledger;

/// <summary>
/// Whether this process may believe that another worker's lease has lapsed. While the database stands still nobody can renew, and whoever
/// comes first when it goes on would take everybody's requests over; so a process that could not renew its own lease in time gives the others
/// the time of one lease. Measured by this process's own, steady clock.
/// </summary>
internal sealed class LeaseWatch(LedgerOptions options, TimeProvider time)
{
    private readonly Lock gate = new();
    private long? renewed;
    private long? graceBegan;

    /// <summary>False while the own lease is in doubt, and for one lease after. A process that holds none believes what it reads.</summary>
    public bool MayTakeOver
    {
        get
        {
            lock (gate)
                return !IsLapsed && !(graceBegan is { } began && time.GetElapsedTime(began) <= options.Lease);
        }
    }

    /// <summary>The own lease could not be renewed in time.</summary>
    public bool IsLapsed
    {
        get
        {
            lock (gate)
                return renewed is { } at && time.GetElapsedTime(at) > options.Lease;
        }
    }

    /// <param name="begun">The timestamp before the renewal was sent: the lease counts from some moment after it.</param>
    public void Renew(long begun)
    {
        lock (gate)
        {
            if (IsLapsed)
                graceBegan = time.GetTimestamp();
            renewed = begun;
        }
    }
}

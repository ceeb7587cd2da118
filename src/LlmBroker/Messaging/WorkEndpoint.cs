using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>
/// The consumer of one work queue, which comes and goes while the bus runs. Of two changes the later wins: while a consumer stops, which
/// takes as long as its last call, nothing else can be connected to its queue.
/// </summary>
/// <param name="connect">Starts a consumer with this prefetch.</param>
/// <param name="leave">Called before one is stopped for good.</param>
internal sealed class WorkEndpoint(Func<ushort, HostReceiveEndpointHandle> connect, Action<IReceiveEndpoint> leave) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private HostReceiveEndpointHandle? handle;
    private ushort actual;
    private volatile int wanted;

    /// <summary>Deliveries that may be held; 0: nothing is consumed.</summary>
    public ushort Prefetch => actual;

    /// <summary>The last change, to be waited for when the process stops.</summary>
    public Task Change { get; set; } = Task.CompletedTask;

    public bool IsOrWillBe(ushort prefetch) => wanted == prefetch && (actual == prefetch || !Change.IsCompleted);

    /// <summary>Says what is wanted, and returns when it is so. A stop waits for the calls that run.</summary>
    public async Task FollowAsync(ushort prefetch, CancellationToken cancellationToken)
    {
        wanted = prefetch;
        await gate.WaitAsync(cancellationToken);
        try
        {
            while (actual != wanted)
                await ChangeAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task ChangeAsync(CancellationToken cancellationToken)
    {
        if (handle is not null)
        {
            var stopping = handle;
            (handle, actual) = (null, 0);
            leave(stopping.ReceiveEndpoint);
            await stopping.StopAsync(cancellationToken);
        }

        var prefetch = (ushort)wanted;
        if (prefetch == 0)
            return;

        var starting = connect(prefetch);
        try
        {
            await starting.Ready.WaitAsync(cancellationToken);
        }
        catch
        {
            // Else its queue's name is taken when this is tried again.
            leave(starting.ReceiveEndpoint);
            await starting.StopAsync(CancellationToken.None);
            throw;
        }

        (handle, actual) = (starting, prefetch);
    }
}

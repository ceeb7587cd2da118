using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Messaging;

/// <summary>
/// A message on its way to a queue that may refuse it. MassTransit publishes what RabbitMQ nacks again, with growing pauses, until its token
/// ends it; <see cref="OfferObserver"/> tells this one, which ends it at once.
/// </summary>
internal sealed class Offer(CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private volatile int unconfirmed;
    private volatile bool isRefused;
    private int publishes;

    /// <summary>Ends its sending.</summary>
    public CancellationToken Token => end.Token;

    /// <summary>It is not sent any more: RabbitMQ nacked it, or its confirm stayed away for too long.</summary>
    public bool IsRefused => isRefused;

    /// <summary>Which of its publishes waits for its confirm; 0: none, since the connection is away.</summary>
    public int Unconfirmed => unconfirmed;

    public void Published() => unconfirmed = Interlocked.Increment(ref publishes);

    public void Faulted(Exception exception)
    {
        unconfirmed = 0;
        if (exception.GetBaseException() is PublishException { IsReturn: false })
            Refuse();
    }

    public void Refuse()
    {
        isRefused = true;
        try
        {
            end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits for it any more.
        }
    }

    public void Dispose() => end.Dispose();
}

using MassTransit;
using MassTransit.RabbitMqTransport;

namespace LlmBroker.Messaging;

/// <summary>
/// Ends an endpoint's turn on a connection that is gone, so that it begins anew on the next one. The client library tells its channels of a loss
/// one after another, and where the transport disposes the connection in between, the last of them are never told (RabbitMQ.Client 7.2.2):
/// their endpoints would wait for deliveries for ever.
/// </summary>
internal sealed class LostConnectionFilter(TimeProvider time) : IFilter<ChannelContext>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint that was told needs no longer than this.</summary>
    private const int Patience = 4;

    public Task Send(ChannelContext context, IPipe<ChannelContext> next) =>
        WithinAsync(() => context.ConnectionContext.Connection.IsOpen, next.Send(context), time);

    /// <param name="isOpen">Whether the connection is.</param>
    /// <param name="turn">The endpoint's turn on it.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RabbitMqConnectionException">The connection has been gone for longer than an endpoint takes to hear of it.</exception>
    public static async Task WithinAsync(Func<bool> isOpen, Task turn, TimeProvider time)
    {
        using var ended = new CancellationTokenSource();
        var lost = WhenLostAsync(isOpen, time, ended.Token);
        try
        {
            if (await Task.WhenAny(turn, lost) == lost && !turn.IsCompleted)
            {
                // What it still does ends by itself; nobody waits for it any more.
                _ = turn.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                throw new RabbitMqConnectionException("The connection is gone and the endpoint was not told; it begins anew.");
            }

            await turn;
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("llm-lost-connection");

    private static async Task WhenLostAsync(Func<bool> isOpen, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var gone = 0; gone < Patience;)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            gone = isOpen() ? 0 : gone + 1;
        }
    }
}

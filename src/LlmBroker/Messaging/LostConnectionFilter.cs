using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

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

    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        using var ended = new CancellationTokenSource();
        var turn = next.Send(context);
        var lost = WhenLostAsync(context.ConnectionContext.Connection, ended.Token);
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

    /// <summary>Ends when the connection has been gone for longer than an endpoint takes to hear of it, or with the turn.</summary>
    private async Task WhenLostAsync(IConnection connection, CancellationToken cancellationToken)
    {
        for (var gone = 0; gone < Patience;)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            gone = connection.IsOpen ? 0 : gone + 1;
        }
    }
}

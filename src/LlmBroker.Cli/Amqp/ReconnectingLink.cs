using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Cli.Amqp;

/// <summary>
/// A link that is opened again whenever it is lost, for as long as it takes. What was published and not confirmed is published again,
/// which costs nothing since the broker knows a request by its id.
/// </summary>
/// <param name="factory">How to connect.</param>
/// <param name="prepare">Declares and consumes on each new link before anybody publishes on it.</param>
/// <param name="time">The clock of the pauses.</param>
internal sealed class ReconnectingLink(ConnectionFactory factory, Func<BrokerLink, CancellationToken, Task> prepare, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource closing = new();
    private volatile TaskCompletionSource<BrokerLink> current = NewSource();
    private volatile string? trouble;
    private volatile bool worked;

    /// <summary>What keeps requests from going out at the moment, for a person; null when nothing does.</summary>
    public string? Trouble => trouble;

    /// <summary>Ends when the link is disposed of, or fails with what cannot be waited out.</summary>
    public Task Keeping { get; private set; } = Task.CompletedTask;

    /// <summary>Opens the first link. Here alone a server out of reach is an error: later it is only away.</summary>
    /// <exception cref="BrokerUnreachableException">RabbitMQ is out of reach.</exception>
    /// <exception cref="BrokerRefusedException">It refused what had to be declared.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            current.SetResult(await OpenLinkAsync(cancellationToken));
        }
        catch (OperationInterruptedException exception)
        {
            throw BrokerRefusedException.Closed(exception.ShutdownReason?.ReplyText ?? exception.Message);
        }

        Keeping = KeepAsync();
    }

    /// <summary>Returns when RabbitMQ has confirmed, over as many links as that takes.</summary>
    /// <exception cref="BrokerRefusedException">RabbitMQ does not take it, and took nothing before.</exception>
    public async Task PublishAsync(BrokerMessage message, CancellationToken cancellationToken)
    {
        while (true)
        {
            var link = await current.Task.WaitAsync(cancellationToken);
            var outcome = await link.PublishAsync(message, cancellationToken);
            if (outcome == PublishOutcome.Confirmed)
            {
                worked = true;
                trouble = null;
                return;
            }

            if (link.RefusalOf(outcome, message) is { } refusal)
            {
                // A full queue empties, and what worked before comes back: the broker's processes declare again what RabbitMQ lost.
                if (!worked && outcome != PublishOutcome.Rejected)
                    throw refusal;
                trouble = refusal.Message;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The link of the moment, as soon as there is one.</summary>
    public Task<BrokerLink> CurrentAsync(CancellationToken cancellationToken) => current.Task.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (current.Task.IsCompletedSuccessfully)
            await current.Task.Result.DisposeAsync();
        closing.Dispose();
    }

    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                var link = await current.Task;
                await LostAsync(link);
                current = NewSource();
                trouble = $"The connection to RabbitMQ is lost{(link.Refusal is { } reason ? $" ({reason})" : "")}.";
                await link.DisposeAsync();
                current.SetResult(await ReopenAsync());
                trouble = null;
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // Closed on purpose.
        }
        catch (Exception exception)
        {
            current.TrySetException(exception);
            throw;
        }
    }

    private async Task LostAsync(BrokerLink link)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(link.Lost, closing.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        closing.Token.ThrowIfCancellationRequested();
    }

    private async Task<BrokerLink> ReopenAsync()
    {
        for (var pause = Pause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, time, closing.Token);
            try
            {
                return await OpenLinkAsync(closing.Token);
            }
            // A server that has just come back may know its queues only a moment later.
            catch (Exception exception) when (!closing.IsCancellationRequested && BrokerLink.IsLoss(exception))
            {
                trouble = $"RabbitMQ is away: {exception.GetBaseException().Message}.";
            }
        }
    }

    private async Task<BrokerLink> OpenLinkAsync(CancellationToken cancellationToken)
    {
        var link = await BrokerLink.OpenAsync(factory, cancellationToken);
        try
        {
            await prepare(link, cancellationToken);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private static TaskCompletionSource<BrokerLink> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

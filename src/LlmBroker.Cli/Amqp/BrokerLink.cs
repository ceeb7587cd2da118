using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Cli.Amqp;

/// <summary>
/// One connection to RabbitMQ with one channel that publishes with confirms and may consume. It is never repaired: who still needs
/// one when it is lost opens another, and so knows exactly what was not confirmed.
/// </summary>
internal sealed class BrokerLink : IAsyncDisposable
{
    private static readonly CreateChannelOptions WithConfirms = new(
        publisherConfirmationsEnabled: true,
        publisherConfirmationTrackingEnabled: true,
        // Callers hold the window; the client's own limiter slows down by delays.
        outstandingPublisherConfirmationsRateLimiter: null);

    private readonly IConnection connection;
    private readonly string user;
    private readonly CancellationTokenSource lost = new();

    private BrokerLink(IConnection connection, IChannel channel, string user)
    {
        this.connection = connection;
        this.user = user;
        Channel = channel;
        channel.ChannelShutdownAsync += OnShutdownAsync;
        if (!channel.IsOpen)
            lost.Cancel();
    }

    public IChannel Channel { get; }

    /// <summary>Cancelled when the channel or the connection ends.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>Why RabbitMQ closed the channel when that was for something we did; null while open and after a broken connection.</summary>
    public string? Refusal =>
        Channel.CloseReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: Constants.AccessRefused or Constants.NotFound or Constants.PreconditionFailed } reason
            ? reason.ReplyText
            : null;

    /// <exception cref="BrokerUnreachableException">No connection; the inner exception says why.</exception>
    public static async Task<BrokerLink> OpenAsync(ConnectionFactory factory, CancellationToken cancellationToken)
    {
        var connection = await factory.CreateConnectionAsync(cancellationToken);
        try
        {
            var channel = await connection.CreateChannelAsync(WithConfirms, cancellationToken);
            return new BrokerLink(connection, channel, factory.UserName);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<PublishOutcome> PublishAsync(BrokerMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var confirmed = Channel.BasicPublishAsync(
                message.Exchange, message.RoutingKey, message.Mandatory, message.PropertiesFor(user), message.Body, cancellationToken);
            // A confirm that was on its way when the connection broke must not be waited for.
            await confirmed.AsTask().WaitAsync(lost.Token);
            return PublishOutcome.Confirmed;
        }
        catch (PublishException exception)
        {
            return exception.IsReturn ? PublishOutcome.Unroutable : PublishOutcome.Rejected;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && IsLoss(exception))
        {
            return PublishOutcome.Lost;
        }
    }

    /// <summary>Publishes for a command that does one thing and then ends: everything but a confirm is an error.</summary>
    /// <exception cref="BrokerRefusedException">It was not confirmed.</exception>
    public async Task PublishOnceAsync(BrokerMessage message, CancellationToken cancellationToken)
    {
        var outcome = await PublishAsync(message, cancellationToken);
        if (outcome != PublishOutcome.Confirmed)
            throw RefusalOf(outcome, message) ?? BrokerRefusedException.Lost(message.RequestId);
    }

    /// <summary>What a person can do something about; null when the link was only lost.</summary>
    public BrokerRefusedException? RefusalOf(PublishOutcome outcome, BrokerMessage message) => outcome switch
    {
        PublishOutcome.Unroutable => BrokerRefusedException.Unroutable(message.RoutingKey),
        PublishOutcome.Rejected => BrokerRefusedException.Full(message.RoutingKey),
        PublishOutcome.Lost when Refusal is { } reason => BrokerRefusedException.Closed(reason),
        _ => null,
    };

    /// <summary>Whether the queue is there. On a channel of its own, since RabbitMQ closes the channel when it is not.</summary>
    public async Task<bool> HasQueueAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }

    /// <summary>
    /// What the client throws when a connection breaks under an operation, or is not ready yet: it cancels what waits for an answer, too,
    /// so the caller must first have seen that it did not cancel itself.
    /// </summary>
    public static bool IsLoss(Exception exception) =>
        exception is OperationInterruptedException or BrokerUnreachableException or OperationCanceledException or IOException or TimeoutException or ObjectDisposedException;

    public async ValueTask DisposeAsync()
    {
        Channel.ChannelShutdownAsync -= OnShutdownAsync;
        await lost.CancelAsync();
        // Neither waits for an answer of a server that may be gone.
        await connection.AbortAsync(TimeSpan.FromSeconds(1));
        await Channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason) => lost.CancelAsync();
}

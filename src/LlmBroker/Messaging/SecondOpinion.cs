using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Messaging;

/// <summary>
/// Tells a queue that is full from an outage: RabbitMQ nacks in both, since it also nacks what was meant for a queue that died, for a quorum
/// queue none of whose members runs, and on a channel that knows only of a leader that is gone. So the queue itself is asked whether it lives,
/// and then a new channel publishes past the transport. Its connection is opened at the first nack, and kept.
/// </summary>
internal sealed class SecondOpinion(RabbitMqConnection rabbitMq, RabbitMqWatch watch, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A full queue says so at once. A quorum queue without a leader nacks too, after RabbitMQ's net tick time and 5 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turn = new(1);
    private IConnection? connection;

    /// <summary>Publishes to the queue that the routing key names.</summary>
    /// <returns>True when it is in the queue; false when the queue is alive and refuses it; null when neither is certain.</returns>
    public async Task<bool?> TryPublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        if (watch.BlockedBecause is not null || watch.AwaySince is not null)
            return null;

        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var isAlive = false;
        try
        {
            var open = await ConnectAsync(either.Token);
            isAlive = await IsAliveAsync(open, message.RoutingKey, either.Token);
            await using var channel = await open.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), either.Token);
            await channel.BasicPublishAsync("", message.RoutingKey, message.Mandatory, message.ToProperties(), message.Body, either.Token);
            return true;
        }
        catch (PublishException exception) when (isAlive && !exception.IsReturn)
        {
            return false;
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        turn.Dispose();
    }

    private async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (connection is { IsOpen: true })
                return connection;

            if (connection is not null)
                await connection.DisposeAsync();
            var factory = rabbitMq.CreateFactory("llmbroker asks");
            factory.AutomaticRecoveryEnabled = false;
            return connection = await factory.CreateConnectionAsync(cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Where a quorum queue cannot be reached, RabbitMQ says that it has no messages and no consumers.</summary>
    private static async Task<bool> IsAliveAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            var answer = await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
            return answer.MessageCount > 0 || answer.ConsumerCount > 0;
        }
        catch (OperationInterruptedException exception)
        {
            // An exclusive queue answers nobody but its owner, with whom it lives and dies.
            return exception.ShutdownReason?.ReplyCode == Constants.ResourceLocked;
        }
    }
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Messaging;

/// <summary>
/// How RabbitMQ is to this process: away, there, or there but refusing publishes because its memory or disk runs out. Connections wait here
/// until it is back, and publishes until it takes them.
/// </summary>
internal sealed partial class RabbitMqWatch(
    RabbitMqConnection rabbitMq, TimeProvider time, ILogger<RabbitMqWatch> logger, IHostApplicationLifetime? lifetime = null)
{
    /// <summary>
    /// Between two tries to connect. The transport's own pauses grow to 30 s in a long outage, so it is kept waiting in its first try instead.
    /// </summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private TaskCompletionSource? unblocked;

    /// <summary>Why RabbitMQ takes no publishes; null while it does.</summary>
    public string? BlockedBecause { get; private set; }

    public DateTimeOffset BlockedSince { get; private set; }

    /// <summary>Since when RabbitMQ is out of reach; null while it is not.</summary>
    public DateTimeOffset? AwaySince { get; private set; }

    /// <summary>Returns when RabbitMQ accepts a connection with our credentials.</summary>
    /// <exception cref="OperationCanceledException">The process stops.</exception>
    public async Task WaitUntilReachableAsync()
    {
        var stopping = lifetime?.ApplicationStopping ?? CancellationToken.None;
        var factory = rabbitMq.CreateFactory("llmbroker waits");
        factory.AutomaticRecoveryEnabled = false;
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await factory.CreateConnectionAsync(stopping);
                break;
            }
            catch (Exception exception) when (exception is BrokerUnreachableException or OperationInterruptedException or IOException or TimeoutException)
            {
                if (AwaySince is null)
                {
                    AwaySince = time.GetUtcNow();
                    LogAway(rabbitMq.Address, exception.GetBaseException().Message);
                }
            }

            await Task.Delay(Interval, time, stopping);
        }

        if (AwaySince is not null)
            LogBack(rabbitMq.Address, time.GetElapsedTime(since));
        AwaySince = null;
    }

    /// <summary>Follows what RabbitMQ says on this connection; once for each.</summary>
    public void Follow(IConnection connection)
    {
        connection.ConnectionBlockedAsync += (_, blocked) => Do(() => Block(blocked.Reason));
        connection.ConnectionUnblockedAsync += (_, _) => Do(Unblock);
        // A block ends with its connection; the next one is told anew.
        connection.ConnectionShutdownAsync += (_, _) => Do(Unblock);

        static Task Do(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    /// <summary>
    /// Returns when publishes are taken. What is published before waits in buffers without an end and may arrive twice; better wait here,
    /// as long as the delivery may be held.
    /// </summary>
    public Task WhenUnblockedAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return unblocked is { } signal ? signal.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    private void Block(string reason)
    {
        lock (gate)
        {
            if (unblocked is not null)
                return;
            unblocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (BlockedBecause, BlockedSince) = (reason, time.GetUtcNow());
        }

        LogBlocked(reason);
    }

    private void Unblock()
    {
        TaskCompletionSource? signal;
        lock (gate)
        {
            signal = unblocked;
            (unblocked, BlockedBecause) = (null, null);
        }

        if (signal is null)
            return;
        LogUnblocked();
        signal.SetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ at {Address} cannot be reached; publishes and consumers wait: {Error}")]
    private partial void LogAway(string address, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ at {Address} is back after {Outage}")]
    private partial void LogBack(string address, TimeSpan outage);

    [LoggerMessage(Level = LogLevel.Error, Message = "RabbitMQ takes no publishes: {Reason}. Free memory or disk on its host; work goes on by itself then")]
    private partial void LogBlocked(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ takes publishes again")]
    private partial void LogUnblocked();
}

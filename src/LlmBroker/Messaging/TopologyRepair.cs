using LlmBroker.Configuration;
using RabbitMQ.Client;

namespace LlmBroker.Messaging;

/// <summary>Declares everything again, on a connection of its own, when a queue is found missing: an operator deleted it.</summary>
internal sealed class TopologyRepair(RabbitMqConnection rabbitMq, LiveConfiguration configuration, TimeProvider time) : IDisposable
{
    /// <summary>One repair serves all that found the same queue missing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long RabbitMQ has to tell the consumers that their queue is gone. A quorum queue that is declared again within milliseconds can keep
    /// a consumer that is never cancelled and whose client never sees what is delivered to it (RabbitMQ 3.10.8).
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim turn = new(1);
    private long? last;

    public async Task DeclareAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (last is { } at && Pause - time.GetElapsedTime(at) is var left && left > TimeSpan.Zero)
            {
                // Declared a moment ago for somebody else; a repeat that soon would only find the same.
                await Task.Delay(left, time, cancellationToken);
                return;
            }

            await Task.Delay(Settling, time, cancellationToken);
            await using var connection = await rabbitMq.CreateFactory("llmbroker repair").CreateConnectionAsync(cancellationToken);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await BrokerTopology.DeclareAsync(connection, channel, configuration.Catalog.Deployments.Select(deployment => deployment.Name), cancellationToken);
            last = time.GetTimestamp();
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();
}

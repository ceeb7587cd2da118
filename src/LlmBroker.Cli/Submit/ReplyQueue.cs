using System.Threading.Channels;
using LlmBroker.Cli.Amqp;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.Cli.Submit;

/// <summary>The durable queue that collects a job's replies, also while nobody submits. RabbitMQ drops it after a week without use.</summary>
/// <param name="name">Its name.</param>
/// <param name="prefetch">Replies held without an ack.</param>
/// <param name="vanished">Called when the queue is not there (any more), before it is declared.</param>
internal sealed class ReplyQueue(string name, ushort prefetch, Action vanished)
{
    private static readonly Dictionary<string, object?> Arguments = new()
    {
        ["x-queue-type"] = "quorum",
        ["x-expires"] = (long)TimeSpan.FromDays(7).TotalMilliseconds,
    };

    private readonly Channel<Reply> replies = Channel.CreateUnbounded<Reply>(new() { SingleReader = true });

    public string Name => name;

    /// <summary>What arrived, at most as much as the prefetch allows.</summary>
    public ChannelReader<Reply> Replies => replies.Reader;

    public async Task ConsumeAsync(BrokerLink link, CancellationToken cancellationToken)
    {
        if (!await link.HasQueueAsync(name, cancellationToken))
            vanished();

        await link.Channel.QueueDeclareAsync(
            name, durable: true, exclusive: false, autoDelete: false, Arguments, cancellationToken: cancellationToken);
        await link.Channel.BasicQosAsync(0, prefetch, global: false, cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(link.Channel);
        consumer.ReceivedAsync += (_, delivery) => replies.Writer.WriteAsync(Reply.Read(link, delivery), CancellationToken.None).AsTask();
        await link.Channel.BasicConsumeAsync(name, autoAck: false, consumer, cancellationToken);
    }

    public void EndReplies() => replies.Writer.TryComplete();
}

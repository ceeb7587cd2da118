using System.Threading.Channels;
using LlmBroker.Messaging;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Control;

/// <summary>
/// Sends what this process has to tell the others, one after the other and never on the way of a request. When RabbitMQ is away the oldest
/// are dropped: what they say is old by then, and holds and loads end by themselves.
/// </summary>
internal sealed partial class ControlOutbox(MessageSender sender, ILogger<ControlOutbox> logger) : BackgroundService
{
    private const int Capacity = 256;

    private readonly Channel<ControlMessage> messages = Channel.CreateBounded<ControlMessage>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Post(ControlMessage message) => messages.Writer.TryWrite(message);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var message in messages.Reader.ReadAllAsync(stoppingToken))
                await SendAsync(message, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task SendAsync(ControlMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await sender.PublishControlAsync(message, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is MessageNotSentException or OperationCanceledException or IOException)
        {
            LogNotSent(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The other processes could not be told")]
    private partial void LogNotSent(Exception exception);
}

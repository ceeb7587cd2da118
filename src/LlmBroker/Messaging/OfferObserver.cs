using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Tells each <see cref="Offer"/> of its publishes, and of how they fail.</summary>
internal sealed class OfferObserver : ISendObserver
{
    public Task PreSend<T>(SendContext<T> context)
        where T : class
    {
        (context.Message as OutgoingMessage)?.Offer?.Published();
        return Task.CompletedTask;
    }

    public Task PostSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class
    {
        (context.Message as OutgoingMessage)?.Offer?.Faulted(exception);
        return Task.CompletedTask;
    }
}

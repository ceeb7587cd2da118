using LlmBroker.Inference;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Tells the requests under way that the bus is about to stop: it first stops consuming, then waits for them.</summary>
internal sealed class DrainObserver(RunningRequests running) : IBusObserver
{
    public Task PreStop(IBus bus)
    {
        running.Stop();
        return Task.CompletedTask;
    }

    public void PostCreate(IBus bus)
    {
    }

    public void CreateFaulted(Exception exception)
    {
    }

    public Task PreStart(IBus bus) => Task.CompletedTask;

    public Task PostStart(IBus bus, Task<BusReady> busReady) => Task.CompletedTask;

    public Task StartFaulted(IBus bus, Exception exception) => Task.CompletedTask;

    public Task PostStop(IBus bus) => Task.CompletedTask;

    public Task StopFaulted(IBus bus, Exception exception) => Task.CompletedTask;
}

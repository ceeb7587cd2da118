using System.Collections.Concurrent;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Sends the requests of a run: only so many without a reply at a time, and no more than the run has allowed up to now.</summary>
internal sealed class ChaosTraffic(CarefulProducer producer, int seed, int mostUnanswered, CancellationToken cancellationToken)
{
    private readonly SemaphoreSlim allowed = new(0);
    private readonly SemaphoreSlim slots = new(mostUnanswered);
    private readonly ConcurrentBag<Task> conversations = [];
    private int released;
    private int end = int.MaxValue;

    public ConcurrentDictionary<string, ChaosRequest> Requests { get; } = [];

    /// <summary>Lets that many of the requests be sent, those before included.</summary>
    public void AllowUpTo(int count)
    {
        var more = count - released;
        if (more <= 0)
            return;

        released += more;
        allowed.Release(more);
    }

    public void AllowMore(int count) => AllowUpTo(released + count);

    /// <summary>No more are to come than those that were allowed.</summary>
    public void Close()
    {
        Volatile.Write(ref end, released);
        allowed.Release();
    }

    /// <summary>Returns when every message is confirmed by RabbitMQ; replies may be missing.</summary>
    public async Task RunAsync()
    {
        for (var number = 0; ; number++)
        {
            await allowed.WaitAsync(cancellationToken);
            if (number == Volatile.Read(ref end))
                break;
            await slots.WaitAsync(cancellationToken);
            var request = ChaosLoad.Create(seed, number);
            Requests[request.Id] = request;
            conversations.Add(ConverseAsync(request));
        }

        await Task.WhenAll(conversations);
    }

    private async Task ConverseAsync(ChaosRequest request)
    {
        var first = SendAsync(request, "first", isOtherBody: false);
        _ = (await first).ContinueWith(_ => slots.Release(), cancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        switch (request.Repetition)
        {
            case Repetition.AfterReply:
                await await first;
                await SendAsync(request, "after the reply", isOtherBody: false);
                break;
            case Repetition.Later:
                await Task.Delay(request.Pause, TimeProvider.System, cancellationToken);
                await SendAsync(request, "later", isOtherBody: false);
                break;
            case Repetition.OtherBody:
                await Task.Delay(request.Pause, TimeProvider.System, cancellationToken);
                await SendAsync(request, "other body", isOtherBody: true);
                break;
        }

        if (request.IsCancelled)
        {
            await Task.Delay(request.Pause, TimeProvider.System, cancellationToken);
            await producer.CancelAsync(request.Id, cancellationToken);
        }
    }

    private async Task<Task<ReceivedReply>> SendAsync(ChaosRequest request, string which, bool isOtherBody)
    {
        var body = request.ToBytes(TimeProvider.System.GetUtcNow(), isOtherBody);
        var sent = producer.SendAsync(request, $"{request.Id} {which}", body, cancellationToken);
        if (request.Repetition == Repetition.AtOnce)
            await producer.SendAsync(request, $"{request.Id} at once", body, cancellationToken);
        return await sent;
    }
}

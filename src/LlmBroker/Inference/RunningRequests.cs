using System.Collections.Concurrent;
using LlmBroker.Ledger;

namespace LlmBroker.Inference;

/// <summary>The requests that this process works on, so that a cancellation can reach a running call.</summary>
internal sealed class RunningRequests
{
    private readonly ConcurrentDictionary<(string Tenant, string RequestId), CancellationTokenSource> running = new();

    /// <summary>Registers a request until the handle is disposed.</summary>
    public Handle Enter(RunKey key) => new(this, (key.Tenant, key.RequestId));

    /// <summary>Aborts the request if it runs here.</summary>
    public void Abort(string tenant, string requestId)
    {
        if (!running.TryGetValue((tenant, requestId), out var source))
            return;

        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended between the look-up and the call.
        }
    }

    internal sealed class Handle : IDisposable
    {
        private readonly RunningRequests owner;
        private readonly (string, string) key;
        private readonly CancellationTokenSource source = new();

        public Handle(RunningRequests owner, (string, string) key)
        {
            this.owner = owner;
            this.key = key;
            // A second delivery of a request that runs here keeps its own source; the ledger keeps the two apart.
            owner.running.TryAdd(key, source);
        }

        public CancellationToken Aborted => source.Token;

        public void Dispose()
        {
            owner.running.TryRemove(new KeyValuePair<(string, string), CancellationTokenSource>(key, source));
            source.Dispose();
        }
    }
}

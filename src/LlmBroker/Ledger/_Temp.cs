namespace LlmBroker.Ledger
{
    internal sealed record WorkerIdentity(Guid Id);
    internal sealed record CancelledRequest(string RequestId, bool IsRunning);
    internal sealed class CancellationStore { public Task<IReadOnlyList<CancelledRequest>> CancelAsync(string t, string? r, string? g, CancellationToken c) => throw new NotSupportedException(); }
    internal sealed class TenantStore { public Task<IReadOnlyList<Tenants.TenantUser>> ListAsync(CancellationToken c) => throw new NotSupportedException(); }
}
namespace LlmBroker.DeadLetters
{
    internal sealed class DeadLetterStore { public Task AddAsync(DeadLetter l, CancellationToken c) => throw new NotSupportedException(); }
}
namespace LlmBroker
{
    internal static class LedgerTemp
    {
        public static Microsoft.Extensions.DependencyInjection.IServiceCollection AddLedger(this Microsoft.Extensions.DependencyInjection.IServiceCollection s, Configuration.LedgerOptions o, string? p) => throw new NotSupportedException();
    }
}
namespace LlmBroker.Ledger
{
    internal static class LedgerWriterTemp { }
}

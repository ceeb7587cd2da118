using LlmBroker.Configuration;

namespace LlmBroker.Ledger;

/// <summary>What is kept for how long, and whose.</summary>
internal sealed class RetentionPolicy(RetentionOptions kept, IReadOnlyDictionary<string, TenantOptions> tenants)
{
    public RetentionOptions Kept => kept;

    /// <summary>Tenants whose payloads are kept for a shorter time than everybody's.</summary>
    public IEnumerable<(string Tenant, TimeSpan KeptFor)> ShorterPayloads =>
        tenants.Where(tenant => PayloadsOf(tenant.Key) < kept.Payloads).Select(tenant => (tenant.Key, PayloadsOf(tenant.Key)));

    public bool DropsDelivered(string tenant) => tenants.GetValueOrDefault(tenant)?.Retention.DropDelivered == true;

    /// <summary>Why a reply that was recorded is not there, as a clause for people.</summary>
    public string WhyReplyIsGone(string tenant, DateTimeOffset settledAt, DateTimeOffset now) =>
        DropsDelivered(tenant) && now < settledAt + PayloadsOf(tenant)
            ? "its reply was delivered, and then dropped as this tenant's retention asks"
            : $"its reply is no longer kept, which is for {DurationText.Format(PayloadsOf(tenant))}";

    private TimeSpan PayloadsOf(string tenant) => tenants.GetValueOrDefault(tenant)?.Retention.Payloads ?? kept.Payloads;
}

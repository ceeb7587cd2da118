using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Tenants;
using Xunit;

namespace LlmBroker.Tests.Tenants;

public sealed class TenantMapTests
{
    private static readonly TenantMapping Acme = new("acme-app", "acme", "reply.acme.", DateTimeOffset.UnixEpoch);
    private static readonly TenantMapping Zoo = new("zoo-app", "zoo", "reply.zoo.", DateTimeOffset.UnixEpoch);

    [Fact]
    public void Without_tenants_everybody_is_the_default_one() =>
        Assert.Equal(("default", ""), Of(new TenantMap([]).Identify(null, "whoever").Tenant));

    [Fact]
    public void A_single_tenant_needs_no_user_id() => Assert.Equal("acme", new TenantMap([Acme]).Identify(null, "acme").Tenant?.Name);

    [Fact]
    public void With_two_tenants_the_user_id_decides() =>
        Assert.Equal(("zoo", "reply.zoo."), Of(new TenantMap([Acme, Zoo]).Identify("zoo-app", "zoo").Tenant));

    [Theory]
    [InlineData(null, "acme")]
    [InlineData("", "acme")]
    [InlineData("stranger", "acme")]
    [InlineData("zoo-app", "acme")]
    public void With_two_tenants_a_missing_strange_or_foreign_user_is_refused(string? userId, string keyTenant) =>
        Assert.Equal(FailureReason.UnknownTenant, new TenantMap([Acme, Zoo]).Identify(userId, keyTenant).Refusal?.Reason);

    [Fact]
    public void A_MassTransit_producer_has_no_routing_key_to_check() =>
        Assert.Equal("zoo", new TenantMap([Acme, Zoo]).Identify("zoo-app", null).Tenant?.Name);

    private static (string?, string?) Of(Tenant? tenant) => (tenant?.Name, tenant?.ReplyPrefix);
}

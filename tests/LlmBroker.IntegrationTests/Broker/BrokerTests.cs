using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Tests that share one running broker per test, on a virtual host and a database of their own.</summary>
public abstract class BrokerTests(RealPartsFixture parts) : IAsyncLifetime
{
    private protected BrokerUnderTest Broker { get; private set; } = null!;
    private protected Producer Producer { get; private set; } = null!;

    protected RealPartsFixture Parts => parts;
    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Deployments that a test may use up.</summary>
    protected virtual int Models => 3;

    /// <summary>Merged into the configuration.</summary>
    protected virtual string Change => "{}";

    public virtual async ValueTask InitializeAsync()
    {
        Broker = await BrokerUnderTest.StartAsync(parts, Models, Change);
        Producer = await Broker.ProducerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Producer is not null)
            await Producer.DisposeAsync();
        if (Broker is not null)
            await Broker.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

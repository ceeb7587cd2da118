using LlmBroker.IntegrationTests.RealParts;

[assembly: AssemblyFixture(typeof(RealPartsFixture))]

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>
/// The RabbitMQ and the PostgreSQL that all tests share. A test class takes this in its constructor and asks for a virtual host
/// and a database of its own; a test that stops or kills a server starts its own one.
/// </summary>
public sealed class RealPartsFixture : IAsyncLifetime
{
    public RabbitMqServer RabbitMq { get; private set; } = null!;

    public PostgresServer Postgres { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var rabbitMq = RabbitMqServer.OfThisRunAsync(cancellationToken);
        var postgres = PostgresServer.OfThisRunAsync(cancellationToken);
        try
        {
            RabbitMq = await rabbitMq;
        }
        finally
        {
            Postgres = await postgres;
        }

        var asked = Environment.GetEnvironmentVariable("LLMBROKER_TEST_RABBITMQ_VERSION");
        if (!string.IsNullOrEmpty(asked) && RabbitMq.Version.Split('.')[0] != asked)
            throw new InvalidOperationException($"RabbitMQ {asked} was asked for, but the server is {RabbitMq.Version}.");

        TestContext.Current.SendDiagnosticMessage($"RabbitMQ {RabbitMq.Version}, PostgreSQL {Postgres.Version}");
    }

    // Either may be missing when its start failed, which the runner has reported by then.
    public async ValueTask DisposeAsync()
    {
        if (RabbitMq is not null)
            await RabbitMq.DisposeAsync();

        if (Postgres is not null)
            await Postgres.DisposeAsync();
    }
}

using System.Text.Json.Nodes;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A RabbitMQ that speaks TLS, under an authority that only the configuration names.</summary>
public sealed class TlsTests(RealPartsFixture parts) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-tls-");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Broker_and_commands_trust_the_configured_authority_and_no_other()
    {
        await using var front = await TlsFront.StartAsync(parts.RabbitMq.AmqpUri, CancellationToken);
        await File.WriteAllTextAsync(FileAt("ca.pem"), front.CertificatePem, CancellationToken);
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        var amqps = new UriBuilder(parts.RabbitMq.AmqpUriOf(virtualHost)) { Scheme = "amqps", Host = "localhost", Port = front.Port }.Uri;
        await using var broker = await BrokerUnderTest.StartAsync(
            amqps, parts.RabbitMq.User, parts.RabbitMq.Password, await parts.Postgres.CreateDatabaseAsync(CancellationToken), models: 1,
            change: $$"""{ "rabbitMq": { "tls": { "caFile": "{{FileAt("ca.pem")}}" } } }""", start: true);
        var model = broker.Model();

        var (exitCode, output, errors) = await RunAsync(broker, broker.Json, "send", "Good morning");

        Assert.True(exitCode == 0, errors);
        Assert.StartsWith($"[simulated {model}]", output, StringComparison.Ordinal);
        Assert.Contains("certificate", (await RunAsync(broker, WithoutAuthority(broker.Json), "doctor")).Output, StringComparison.Ordinal);
    }

    private static string WithoutAuthority(string json)
    {
        var configuration = JsonNode.Parse(json)!;
        configuration["rabbitMq"]!.AsObject().Remove("tls");
        return configuration.ToJsonString();
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(BrokerUnderTest broker, string json, params string[] arguments)
    {
        // A simulated key, so it may stand in a file of its own.
        await File.WriteAllTextAsync(FileAt("key"), "sim-key", CancellationToken);
        await File.WriteAllTextAsync(
            FileAt("llmbroker.json"), json.Replace("\"env\":\"SIM_KEY\"", $"\"file\":\"{FileAt("key")}\"", StringComparison.Ordinal), CancellationToken);
        return await CommandProcess.RunAsync(broker.Amqp, CancellationToken, [.. arguments, "--config", FileAt("llmbroker.json")]);
    }

    private string FileAt(string name) => Path.Combine(folder.FullName, name);
}

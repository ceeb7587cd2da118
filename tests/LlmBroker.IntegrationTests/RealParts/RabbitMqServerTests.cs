using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.IntegrationTests.RealParts;

public sealed class RabbitMqServerTests(RealPartsFixture parts)
{
    private static readonly CreateChannelOptions WithConfirms =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StopAsync_and_KillAsync_then_StartAsync_keep_what_was_confirmed()
    {
        await using var server = await RabbitMqServer.StartOwnAsync(CancellationToken);
        await PublishAsync(server.AmqpUri, "before the stop");

        await server.StopAsync(CancellationToken);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(server.AmqpUri));
        await server.StartAsync(CancellationToken);
        await PublishAsync(server.AmqpUri, "before the kill");

        await server.KillAsync(CancellationToken);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(server.AmqpUri));
        await server.StartAsync(CancellationToken);

        Assert.Equal("before the stop", await TakeAsync(server.AmqpUri));
        Assert.Equal("before the kill", await TakeAsync(server.AmqpUri));
    }

    [Fact]
    public async Task CreateVirtualHostAsync_makes_hosts_that_do_not_see_each_other()
    {
        var one = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        var other = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);

        await PublishAsync(parts.RabbitMq.AmqpUriOf(one), "of one");

        await using var connection = await ConnectAsync(parts.RabbitMq.AmqpUriOf(other));
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        await Assert.ThrowsAsync<OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync("kept", CancellationToken));
        await parts.RabbitMq.DeleteVirtualHostAsync(one, CancellationToken);
        await parts.RabbitMq.DeleteVirtualHostAsync(other, CancellationToken);
    }

    [Fact]
    public async Task AddUserAsync_makes_a_user_with_these_permissions_only()
    {
        var virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);
        await parts.RabbitMq.AddUserAsync("limited", "secret", virtualHost, new("^own-", "^own-", "^own-"), CancellationToken);

        var uri = new UriBuilder(parts.RabbitMq.AmqpUriOf(virtualHost)) { UserName = "limited", Password = "secret" }.Uri;
        await using var connection = await ConnectAsync(uri);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        await channel.QueueDeclareAsync("own-queue", cancellationToken: CancellationToken);
        await Assert.ThrowsAsync<OperationInterruptedException>(
            () => channel.QueueDeclareAsync("another", cancellationToken: CancellationToken));
        await parts.RabbitMq.DeleteVirtualHostAsync(virtualHost, CancellationToken);
    }

    private static Task<IConnection> ConnectAsync(Uri uri) =>
        new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(CancellationToken);

    private static async Task PublishAsync(Uri uri, string body)
    {
        await using var connection = await ConnectAsync(uri);
        await using var channel = await connection.CreateChannelAsync(WithConfirms, CancellationToken);
        await channel.QueueDeclareAsync(
            "kept", durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: CancellationToken);
        await channel.BasicPublishAsync(
            "", "kept", mandatory: true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes(body), CancellationToken);
    }

    private static async Task<string> TakeAsync(Uri uri)
    {
        await using var connection = await ConnectAsync(uri);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        BasicGetResult? message = null;
        await Eventually.HoldsAsync(
            async token => (message = await channel.BasicGetAsync("kept", autoAck: true, token)) is not null,
            "the message is back", CancellationToken);
        return Encoding.UTF8.GetString(message!.Body.Span);
    }
}

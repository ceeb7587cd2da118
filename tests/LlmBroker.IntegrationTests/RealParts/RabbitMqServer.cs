using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Testcontainers.RabbitMq;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>A real RabbitMQ with its management plugin.</summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private const string OwnUser = "llmbroker-test";
    private const string OwnPassword = "llmbroker-test";

    private static readonly TimeSpan PatienceToStart = TimeSpan.FromMinutes(3);

    private readonly IServerControl control;
    private readonly HttpClient management;

    private RabbitMqServer(IServerControl control, Uri amqpUri, Uri managementUri)
    {
        this.control = control;
        AmqpUri = amqpUri;
        ManagementUri = managementUri;

        var names = amqpUri.UserInfo.Split(':', 2);
        User = Uri.UnescapeDataString(names[0]);
        Password = Uri.UnescapeDataString(names[^1]);
        // The server closes what was idle for 60 s, which is HttpClient's default too: a request at that moment would be lost.
        management = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) }) { BaseAddress = managementUri };
        management.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
    }

    /// <summary>Where clients connect, with user and password, on the default virtual host.</summary>
    public Uri AmqpUri { get; }

    public Uri ManagementUri { get; }

    /// <summary>The name of an administrator.</summary>
    public string User { get; }

    public string Password { get; }

    /// <summary>The server's own word, such as 4.0.5.</summary>
    public string Version { get; private set; } = "";

    /// <summary>Whether <see cref="StopAsync"/>, <see cref="KillAsync"/> and <see cref="StartAsync"/> work; else skip the test.</summary>
    public bool CanRestart => control.CanRestart;

    /// <summary>
    /// Starts a server for one test alone, which may then stop and kill it: in a container, or as a local process.
    /// Disposing of it removes all its data.
    /// </summary>
    public static async Task<RabbitMqServer> StartOwnAsync(CancellationToken cancellationToken)
    {
        if (LoopbackPorts.Take(2) is not [var amqpPort, var managementPort])
            throw new InvalidOperationException("Two ports were asked for.");

        var server = new RabbitMqServer(
            await ControlAsync(amqpPort, managementPort, cancellationToken),
            new Uri($"amqp://{OwnUser}:{OwnPassword}@127.0.0.1:{amqpPort}/"),
            new Uri($"http://127.0.0.1:{managementPort}/"));
        try
        {
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of a virtual host.</summary>
    public Uri AmqpUriOf(string virtualHost) => new(AmqpUri, "/" + Uri.EscapeDataString(virtualHost));

    /// <summary>Makes an empty virtual host, so that a test class sees no queue of another.</summary>
    public async Task<string> CreateVirtualHostAsync(CancellationToken cancellationToken)
    {
        var name = $"test-{Guid.NewGuid():N}";
        await PutAsync($"api/vhosts/{name}", new { }, cancellationToken);
        await GrantAsync(User, name, RabbitMqPermissions.All, cancellationToken);
        return name;
    }

    public async Task DeleteVirtualHostAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await management.DeleteAsync($"api/vhosts/{Uri.EscapeDataString(name)}", cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Makes a user that is no administrator, or gives one that exists this password and these permissions.</summary>
    public async Task AddUserAsync(
        string name, string password, string virtualHost, RabbitMqPermissions permissions, CancellationToken cancellationToken)
    {
        await PutAsync($"api/users/{Uri.EscapeDataString(name)}", new { password, tags = "" }, cancellationToken);
        await GrantAsync(name, virtualHost, permissions, cancellationToken);
    }

    /// <summary>
    /// The queues of a virtual host that hold messages, with their number, those included that a consumer has and has not acked. As the
    /// management plugin last counted, some seconds ago.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, long>> CountMessagesAsync(string virtualHost, CancellationToken cancellationToken)
    {
        var queues = await management.GetFromJsonAsync<JsonElement>($"api/queues/{Uri.EscapeDataString(virtualHost)}?columns=name,messages", cancellationToken);
        return queues.EnumerateArray()
            .Where(queue => queue.TryGetProperty("messages", out var messages) && messages.GetInt64() > 0)
            .ToDictionary(queue => queue.GetProperty("name").GetString()!, queue => queue.GetProperty("messages").GetInt64());
    }

    /// <summary>
    /// How many consumers there are on a virtual host's queues with such a beginning. A quorum queue itself counts one that was cancelled for as
    /// long as it holds deliveries; this does not.
    /// </summary>
    public async Task<int> CountConsumersAsync(string virtualHost, string beginning, CancellationToken cancellationToken)
    {
        var consumers = await management.GetFromJsonAsync<JsonElement>($"api/consumers/{Uri.EscapeDataString(virtualHost)}", cancellationToken);
        return consumers.EnumerateArray()
            .Count(consumer => consumer.GetProperty("queue").GetProperty("name").GetString()!.StartsWith(beginning, StringComparison.Ordinal));
    }

    /// <summary>Whether <see cref="RaiseAlarmAsync"/> and <see cref="ClearAlarmAsync"/> work; else skip the test.</summary>
    public bool CanRaiseAlarm => control.CanAdminister;

    /// <summary>Makes it believe that its memory is full: it takes no publishes until <see cref="ClearAlarmAsync"/>.</summary>
    public Task RaiseAlarmAsync(CancellationToken cancellationToken) =>
        control.AdministerAsync(["set_vm_memory_high_watermark", "0.0000001"], cancellationToken);

    public Task ClearAlarmAsync(CancellationToken cancellationToken) =>
        control.AdministerAsync(["set_vm_memory_high_watermark", "0.4"], cancellationToken);

    /// <summary>Whether queues can be suspended and stopped; else skip the test.</summary>
    public bool CanAdminister => control.CanAdminister;

    /// <summary>Makes a quorum queue confirm nothing, as one without a majority of its nodes, until <see cref="ResumeQueueAsync"/>.</summary>
    public Task SuspendQueueAsync(string virtualHost, string queue, CancellationToken cancellationToken) =>
        TellQueueAsync("sys:suspend(element(1, Id))", virtualHost, queue, cancellationToken);

    public Task ResumeQueueAsync(string virtualHost, string queue, CancellationToken cancellationToken) =>
        TellQueueAsync("sys:resume(element(1, Id))", virtualHost, queue, cancellationToken);

    /// <summary>
    /// Takes a quorum queue's process away, as the loss of all its nodes would: RabbitMQ nacks what a channel has for it that never published
    /// to it before. Until <see cref="StartQueueAsync"/>.
    /// </summary>
    public Task StopQueueAsync(string virtualHost, string queue, CancellationToken cancellationToken) =>
        TellQueueAsync("ra:stop_server(quorum_queues, Id)", virtualHost, queue, cancellationToken);

    public Task StartQueueAsync(string virtualHost, string queue, CancellationToken cancellationToken) =>
        TellQueueAsync("ra:restart_server(quorum_queues, Id)", virtualHost, queue, cancellationToken);

    /// <summary>Lowers how often what is taken from a virtual host's queues with such names may be delivered again, before RabbitMQ dead-letters it.</summary>
    public Task LimitDeliveriesAsync(string virtualHost, string queues, int redeliveries, CancellationToken cancellationToken)
    {
        var definition = new Dictionary<string, object> { ["delivery-limit"] = redeliveries };
        return PutAsync(
            $"api/policies/{Uri.EscapeDataString(virtualHost)}/deliveries",
            new Dictionary<string, object> { ["pattern"] = queues, ["definition"] = definition, ["apply-to"] = "queues" },
            cancellationToken);
    }

    /// <summary>Closes so many connections of a virtual host whose name begins so, as a broken network would.</summary>
    public Task CloseConnectionsAsync(string virtualHost, string name, int count, CancellationToken cancellationToken)
    {
        var closed = 0;
        return Eventually.HoldsAsync(
            async token =>
            {
                var connections = await management.GetFromJsonAsync<JsonElement>($"api/vhosts/{Uri.EscapeDataString(virtualHost)}/connections", token);
                foreach (var connection in connections.EnumerateArray())
                {
                    if (closed == count || !connection.TryGetProperty("user_provided_name", out var given) || !given.GetString()!.StartsWith(name, StringComparison.Ordinal))
                        continue;

                    // It lists closed ones for a while.
                    using var response = await management.DeleteAsync($"api/connections/{Uri.EscapeDataString(connection.GetProperty("name").GetString()!)}", token);
                    closed += response.IsSuccessStatusCode ? 1 : 0;
                }

                return closed == count;
            },
            $"{count} connections of {name} are closed",
            cancellationToken);
    }

    /// <summary>Starts it again with the data and at the addresses that it had; ready when this returns.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await control.StartAsync(cancellationToken);
        await WaitUntilReadyAsync(cancellationToken);
    }

    /// <summary>Shuts it down in good order.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => control.StopAsync(cancellationToken);

    /// <summary>
    /// Kills it (SIGKILL). Quorum queues that were declared within the last second may come back without a leader, and calls to
    /// them hang: RabbitMQ writes their registration to disk with a delay. Declare them earlier, or stop and start in between.
    /// </summary>
    public Task KillAsync(CancellationToken cancellationToken) => control.KillAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        await control.DisposeAsync();
    }

    /// <summary>The server that LLMBROKER_TEST_RABBITMQ names, or else one that is started for this run.</summary>
    internal static async Task<RabbitMqServer> OfThisRunAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("LLMBROKER_TEST_RABBITMQ") is not { Length: > 0 } amqpUri)
            return await StartOwnAsync(cancellationToken);

        var managementUri = Environment.GetEnvironmentVariable("LLMBROKER_TEST_RABBITMQ_MANAGEMENT") ?? throw new InvalidOperationException(
            "LLMBROKER_TEST_RABBITMQ is set: set LLMBROKER_TEST_RABBITMQ_MANAGEMENT too, such as http://localhost:15672/.");
        var server = new RabbitMqServer(new GivenServer(), new Uri(amqpUri), new Uri(managementUri));
        await server.WaitUntilReadyAsync(cancellationToken);
        return server;
    }

    private static async Task<IServerControl> ControlAsync(int amqpPort, int managementPort, CancellationToken cancellationToken)
    {
        var docker = await DockerEngine.FindAsync(
            "LLMBROKER_TEST_RABBITMQ_IMAGE", ["rabbitmq:4-management", "llmbroker-test/rabbitmq:4"], cancellationToken);
        if (docker is { } found)
        {
            var container = new RabbitMqBuilder(found.Image)
                .WithUsername(OwnUser)
                .WithPassword(OwnPassword)
                .WithPortBinding(amqpPort, 5672)
                .WithPortBinding(managementPort, 15672)
                .Build();
            return new ContainerServer(container, found.Engine);
        }

        if (!OperatingSystem.IsLinux() || !LocalRabbitMq.IsInstalled)
            throw new InvalidOperationException(
                "There is neither a Docker engine with an image of RabbitMQ nor Debian's package rabbitmq-server. " +
                "Run: bash tests/run.sh (it installs what is missing), or name a server in LLMBROKER_TEST_RABBITMQ.");

        return LocalRabbitMq.Create(amqpPort, managementPort, OwnUser, OwnPassword);
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await Eventually.HoldsAsync(IsReadyAsync, $"RabbitMQ accepts connections at port {AmqpUri.Port}", PatienceToStart, cancellationToken);
        var overview = await management.GetFromJsonAsync<JsonElement>("api/overview", cancellationToken);
        Version = overview.GetProperty("rabbitmq_version").GetString()!;
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        control.ThrowIfEnded();
        try
        {
            using var overview = await management.GetAsync("api/overview", cancellationToken);
            if (overview.StatusCode != HttpStatusCode.OK)
                return false;

            await using var connection = await new ConnectionFactory { Uri = AmqpUri }.CreateConnectionAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or BrokerUnreachableException)
        {
            return false;
        }
    }

    private Task TellQueueAsync(string call, string virtualHost, string queue, CancellationToken cancellationToken) => control.AdministerAsync(
        [
            "eval",
            $"{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"{virtualHost}\">>, queue, <<\"{queue}\">>)), Id = amqqueue:get_pid(Q), ok = {call}.",
        ],
        cancellationToken);

    private Task GrantAsync(string user, string virtualHost, RabbitMqPermissions permissions, CancellationToken cancellationToken) =>
        PutAsync($"api/permissions/{Uri.EscapeDataString(virtualHost)}/{Uri.EscapeDataString(user)}", permissions, cancellationToken);

    private async Task PutAsync<T>(string path, T body, CancellationToken cancellationToken)
    {
        using var response = await management.PutAsJsonAsync(path, body, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}

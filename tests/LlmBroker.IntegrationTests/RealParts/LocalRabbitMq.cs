using System.Net.Sockets;
using System.Runtime.Versioning;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>
/// RabbitMQ from Debian's package as a private process: its own folder, ports, cookie and name daemon, all on loopback.
/// LLMBROKER_TEST_RABBITMQ_ROOT names the root folder of another Debian to take the package from, for another version of it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LocalRabbitMq : IServerControl
{
    private const string Executable = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private const string Administration = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    // The mounts live in a namespace of their own and go away with the server.
    private const string EnterRoot = """
        root=$1
        mount --rbind /proc "$root/proc"
        mount --bind "$2" "$root/mnt"
        shift 2
        exec chroot "$root" "$@"
        """;

    private readonly string folder;
    private readonly int epmdPort;
    private readonly ChildServer epmd;
    private readonly ChildServer node;
    private readonly IReadOnlyList<string> prefix;
    private readonly Dictionary<string, string> environment;

    private LocalRabbitMq(string folder, int amqpPort, int managementPort, int epmdPort, int distributionPort, string user, string password)
    {
        this.folder = folder;
        this.epmdPort = epmdPort;
        var root = Root;
        var seenFolder = root is null ? folder : "/mnt";
        WriteConfiguration(amqpPort, managementPort, user, password);

        environment = new Dictionary<string, string>
        {
            ["HOME"] = seenFolder,
            ["LC_ALL"] = "C.UTF-8",
            ["ERL_EPMD_PORT"] = $"{epmdPort}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"test{amqpPort}@localhost",
            ["RABBITMQ_DIST_PORT"] = $"{distributionPort}",
            // No environment file: what this machine's administrator set is for the system's own RabbitMQ.
            ["RABBITMQ_CONF_ENV_FILE"] = $"{seenFolder}/none",
            ["RABBITMQ_CONFIG_FILE"] = $"{seenFolder}/rabbitmq.conf",
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = $"{seenFolder}/advanced.config",
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = $"{seenFolder}/config",
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = $"{seenFolder}/enabled_plugins",
            ["RABBITMQ_MNESIA_BASE"] = $"{seenFolder}/mnesia",
            ["RABBITMQ_LOG_BASE"] = $"{seenFolder}/log",
            ["RABBITMQ_PID_FILE"] = $"{seenFolder}/pid",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] =
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        };
        prefix = root is null ? [] : [.. UnsharedMounts, "sh", "-euc", EnterRoot, "sh", root, folder];
        epmd = new ChildServer(
            [.. prefix, "epmd", "-port", $"{epmdPort}", "-address", "127.0.0.1"], environment, Path.Join(folder, "epmd.log"));
        node = new ChildServer([.. prefix, Executable], environment, Path.Join(folder, "server.log"));
    }

    public static bool IsInstalled => File.Exists(Root + Executable);

    public bool CanRestart => true;

    private static string? Root =>
        Environment.GetEnvironmentVariable("LLMBROKER_TEST_RABBITMQ_ROOT") is { Length: > 0 } root ? root : null;

    // Who is not root becomes it in a user namespace, where the kernel allows that.
    private static string[] UnsharedMounts =>
        Environment.IsPrivilegedProcess ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"];

    public static LocalRabbitMq Create(int amqpPort, int managementPort, string user, string password)
    {
        if (LoopbackPorts.Take(2) is not [var epmdPort, var distributionPort])
            throw new InvalidOperationException("Two ports were asked for.");

        var folder = Directory.CreateTempSubdirectory("llmbroker-rabbitmq-").FullName;
        return new LocalRabbitMq(folder, amqpPort, managementPort, epmdPort, distributionPort, user, password);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!epmd.IsStarted)
        {
            epmd.Start();
            await Eventually.HoldsAsync(EpmdListensAsync, "the Erlang name daemon listens", cancellationToken);
        }

        node.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken) => node.StopAsync("TERM", cancellationToken);

    public Task KillAsync(CancellationToken cancellationToken) => node.KillAsync(cancellationToken);

    public bool CanAdminister => true;

    public Task AdministerAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) => Shell.RunAsync(
        ["env", .. environment.Where(IsForTools).Select(variable => $"{variable.Key}={variable.Value}"), .. prefix, Administration, .. arguments],
        cancellationToken);

    public void ThrowIfEnded() => node.ThrowIfEnded();

    public async ValueTask DisposeAsync()
    {
        await node.KillAsync(CancellationToken.None);
        await epmd.KillAsync(CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    private void WriteConfiguration(int amqpPort, int managementPort, string user, string password)
    {
        File.WriteAllText(Path.Join(folder, "rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{amqpPort}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {managementPort}
            default_user = {user}
            default_pass = {password}
            disk_free_limit.absolute = 50MB
            log.console = true
            log.file = false

            """);
        File.WriteAllText(Path.Join(folder, "advanced.config"), "[].\n");
        File.WriteAllText(Path.Join(folder, "enabled_plugins"), "[rabbitmq_management].\n");

        var cookie = Path.Join(folder, ".erlang.cookie");
        File.WriteAllText(cookie, Guid.NewGuid().ToString("N"));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
    }

    /// <summary>The server's port is the server's, also where a tool talks to it.</summary>
    private static bool IsForTools(KeyValuePair<string, string> variable) =>
        variable.Key is not ("RABBITMQ_DIST_PORT" or "RABBITMQ_PID_FILE" or "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS");

    private async Task<bool> EpmdListensAsync(CancellationToken cancellationToken)
    {
        epmd.ThrowIfEnded();
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", epmdPort, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

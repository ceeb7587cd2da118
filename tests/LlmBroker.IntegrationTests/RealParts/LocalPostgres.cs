using System.Runtime.Versioning;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>PostgreSQL from Debian's package as a private process with a data folder of its own, on loopback.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LocalPostgres : IServerControl
{
    // initdb and postgres refuse to run as root; the package brings this user.
    private const string UserWhenRoot = "postgres";

    private const UnixFileMode PassableByOthers =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string folder;
    private readonly string dataFolder;
    private readonly string user;
    private readonly ChildServer server;

    private LocalPostgres(string folder, int port, string user)
    {
        this.folder = folder;
        this.user = user;
        dataFolder = Path.Join(folder, "data");
        server = new ChildServer(
            [
                .. AsUser, Path.Join(Binaries, "postgres"), "-D", dataFolder, "-p", $"{port}",
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
            ],
            new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" },
            Path.Join(folder, "server.log"));
    }

    public static bool IsInstalled => Binaries is not null;

    public bool CanRestart => true;

    private static string[] AsUser =>
        Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={UserWhenRoot}", $"--regid={UserWhenRoot}", "--init-groups"]
            : [];

    /// <summary>The programs of the newest version installed.</summary>
    private static string? Binaries =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .Where(version => int.TryParse(Path.GetFileName(version), out _))
                .OrderByDescending(version => int.Parse(Path.GetFileName(version)))
                .Select(version => Path.Join(version, "bin"))
                .FirstOrDefault(binaries => File.Exists(Path.Join(binaries, "initdb")))
            : null;

    public static LocalPostgres Create(int port, string user)
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-postgres-").FullName;
        File.SetUnixFileMode(folder, PassableByOthers);
        return new LocalPostgres(folder, port, user);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(dataFolder))
            await InitializeAsync(cancellationToken);

        server.Start();
    }

    // Fast shutdown: ends sessions instead of waiting for them.
    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync("INT", cancellationToken);

    public Task KillAsync(CancellationToken cancellationToken) => server.KillAsync(cancellationToken);

    public bool CanStall => true;

    public Task StallAsync(CancellationToken cancellationToken) => server.SignalAllAsync("STOP", cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => server.SignalAllAsync("CONT", cancellationToken);

    public void ThrowIfEnded() => server.ThrowIfEnded();

    public async ValueTask DisposeAsync()
    {
        await server.KillAsync(CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    // Any password is right: the server hears loopback only and lives as long as the tests.
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        string[] owner = Environment.IsPrivilegedProcess ? ["-o", UserWhenRoot] : [];
        await Shell.RunAsync(["install", "-d", "-m", "700", .. owner, dataFolder], cancellationToken);
        await Shell.RunAsync(
            [
                .. AsUser, Path.Join(Binaries, "initdb"), "-D", dataFolder, "--username", user, "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
            ],
            cancellationToken);
    }
}

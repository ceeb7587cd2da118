using Npgsql;
using Testcontainers.PostgreSql;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>A real PostgreSQL that syncs to disk as in production.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string OwnUser = "llmbroker_test";
    private const string OwnPassword = "llmbroker_test";

    private static readonly TimeSpan PatienceToStart = TimeSpan.FromMinutes(3);

    private readonly IServerControl control;

    private PostgresServer(IServerControl control, string connectionString)
    {
        this.control = control;
        // Not pooled: it is used seldom, and a pool would keep connections that a killed server has forgotten.
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
    }

    /// <summary>The administrator's way in; tests use <see cref="CreateDatabaseAsync"/>.</summary>
    public string ConnectionString { get; }

    /// <summary>The server's own word, such as 17.5.</summary>
    public Version Version { get; private set; } = new();

    /// <summary>Whether <see cref="StopAsync"/>, <see cref="KillAsync"/> and <see cref="StartAsync"/> work; else skip the test.</summary>
    public bool CanRestart => control.CanRestart;

    /// <summary>
    /// Starts a server for one test alone, which may then stop and kill it: in a container, or as a local process.
    /// Disposing of it removes all its data.
    /// </summary>
    public static async Task<PostgresServer> StartOwnAsync(CancellationToken cancellationToken)
    {
        var port = LoopbackPorts.Take(1)[0];
        var server = new PostgresServer(
            await ControlAsync(port, cancellationToken),
            $"Host=127.0.0.1;Port={port};Username={OwnUser};Password={OwnPassword};Database=postgres");
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

    /// <summary>Makes an empty database, so that a test class sees no row of another.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}", cancellationToken);
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name, Pooling = true }.ConnectionString;
    }

    /// <summary>Drops a database that <see cref="CreateDatabaseAsync"/> made, with the connections to it.</summary>
    public Task DropDatabaseAsync(string connectionString, CancellationToken cancellationToken) =>
        ExecuteAsync($"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)", cancellationToken);

    /// <summary>Starts it again with the data and at the address that it had; ready when this returns.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await control.StartAsync(cancellationToken);
        await WaitUntilReadyAsync(cancellationToken);
    }

    /// <summary>Shuts it down in good order, ending the sessions.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => control.StopAsync(cancellationToken);

    /// <summary>Kills it (SIGKILL).</summary>
    public Task KillAsync(CancellationToken cancellationToken) => control.KillAsync(cancellationToken);

    /// <summary>Whether <see cref="StallAsync"/> and <see cref="ResumeAsync"/> work; else skip the test.</summary>
    public bool CanStall => control.CanStall;

    /// <summary>Suspends it (SIGSTOP), so that it answers nothing while its connections stay open.</summary>
    public Task StallAsync(CancellationToken cancellationToken) => control.StallAsync(cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => control.ResumeAsync(cancellationToken);

    public ValueTask DisposeAsync() => control.DisposeAsync();

    /// <summary>The server that LLMBROKER_TEST_POSTGRES names, or else one that is started for this run.</summary>
    internal static async Task<PostgresServer> OfThisRunAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("LLMBROKER_TEST_POSTGRES") is not { Length: > 0 } connectionString)
            return await StartOwnAsync(cancellationToken);

        var server = new PostgresServer(new GivenServer(), connectionString);
        await server.WaitUntilReadyAsync(cancellationToken);
        return server;
    }

    private static async Task<IServerControl> ControlAsync(int port, CancellationToken cancellationToken)
    {
        var docker = await DockerEngine.FindAsync(
            "LLMBROKER_TEST_POSTGRES_IMAGE", ["postgres:17", "llmbroker-test/postgres:17"], cancellationToken);
        if (docker is { } found)
        {
            // Testcontainers switches durability off; the last setting of a name wins.
            var container = new PostgreSqlBuilder(found.Image)
                .WithUsername(OwnUser)
                .WithPassword(OwnPassword)
                .WithDatabase("postgres")
                .WithPortBinding(port, 5432)
                .WithCommand("-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on", "-c", "max_connections=300")
                .Build();
            return new ContainerServer(container, found.Engine);
        }

        if (!OperatingSystem.IsLinux() || !LocalPostgres.IsInstalled)
            throw new InvalidOperationException(
                "There is neither a Docker engine with an image of PostgreSQL nor Debian's package postgresql. " +
                "Run: bash tests/run.sh (it installs what is missing), or name a server in LLMBROKER_TEST_POSTGRES.");

        return LocalPostgres.Create(port, OwnUser);
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        await Eventually.HoldsAsync(IsReadyAsync, "PostgreSQL accepts connections", PatienceToStart, cancellationToken);

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        control.ThrowIfEnded();
        await using var connection = new NpgsqlConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            Version = connection.PostgreSqlVersion;
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

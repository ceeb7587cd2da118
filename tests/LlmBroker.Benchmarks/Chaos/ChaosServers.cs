using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>The private RabbitMQ and Postgres of a run, as local processes.</summary>
internal sealed partial class ChaosServers : IAsyncDisposable
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    private readonly RabbitMqServer rabbitMq;
    private readonly PostgresServer postgres;

    private ChaosServers(RabbitMqServer rabbitMq, PostgresServer postgres, string database)
    {
        this.rabbitMq = rabbitMq;
        this.postgres = postgres;
        Database = database;
        Amqp = new UriBuilder(rabbitMq.AmqpUri) { UserName = rabbitMq.User, Password = rabbitMq.Password }.Uri;
    }

    public Uri Amqp { get; }

    /// <summary>Connection string of the ledger.</summary>
    public string Database { get; }

    public string Versions => $"RabbitMQ {rabbitMq.Version}, PostgreSQL {postgres.Version}";

    public ConcurrentQueue<ServerReturn> Returns { get; } = [];

    public static async Task<ChaosServers> StartAsync()
    {
        // Processes of this machine, so that they can be stopped and continued.
        Environment.SetEnvironmentVariable("LLMBROKER_TEST_DOCKER", "never");
        var starting = PostgresServer.StartOwnAsync(CancellationToken.None);
        var rabbitMq = await RabbitMqServer.StartOwnAsync(CancellationToken.None);
        var postgres = await starting;
        var database = await postgres.CreateDatabaseAsync(CancellationToken.None);
        await LedgerMigrator.ForPostgres(database, NullLogger.Instance).MigrateAsync(CancellationToken.None);
        return new ChaosServers(rabbitMq, postgres, database);
    }

    public async Task KillRabbitMqAsync(TimeSpan away)
    {
        await rabbitMq.KillAsync(CancellationToken.None);
        await Task.Delay(away, TimeProvider.System);
        var accepts = NoteReturnAsync("RabbitMQ", AmqpAnswersAsync);
        await rabbitMq.StartAsync(CancellationToken.None);
        await accepts;
    }

    public async Task KillPostgresAsync(TimeSpan away)
    {
        await postgres.KillAsync(CancellationToken.None);
        await Task.Delay(away, TimeProvider.System);
        var accepts = NoteReturnAsync("Postgres", PostgresAnswersAsync);
        await postgres.StartAsync(CancellationToken.None);
        await accepts;
    }

    /// <summary>Its node's name stands in the environment of its process, not in its command line.</summary>
    public Task StopRabbitMqAsync(TimeSpan duration) => StopAsync(
        [.. CpuClock.Find("beam.smp").Where(process => CpuClock.Environment(process).Contains($"RABBITMQ_NODENAME=test{rabbitMq.AmqpUri.Port}@", StringComparison.Ordinal))],
        duration);

    public Task StopPostgresAsync(TimeSpan duration)
    {
        var port = new NpgsqlConnectionStringBuilder(Database).Port.ToString(CultureInfo.InvariantCulture);
        var server = CpuClock.Find("bin/postgres", "-D", $"\0{port}\0");
        return StopAsync([.. server, .. CpuClock.Everyone.Where(process => server.Contains(CpuClock.ParentOf(process)))], duration);
    }

    /// <summary>What RabbitMQ holds and for whom, to see where work got stuck: queues that are not empty, channels with something open.</summary>
    public async Task<string> DescribeAsync()
    {
        using var management = new HttpClient(new SocketsHttpHandler()) { BaseAddress = rabbitMq.ManagementUri };
        management.DefaultRequestHeaders.Authorization =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{rabbitMq.User}:{rabbitMq.Password}")));
        var queues = await management.GetFromJsonAsync<JsonElement[]>("api/queues?columns=name,messages_ready,messages_unacknowledged,consumers,leader");
        var channels = await management.GetFromJsonAsync<JsonElement[]>(
            "api/channels?columns=name,messages_unacknowledged,messages_unconfirmed,consumer_count,connection_details.name");
        var lines = queues!.Concat(channels!).Select(item => item.GetRawText()).Where(text => HoldsSomething().IsMatch(text));
        return string.Join(Environment.NewLine, lines);
    }

    public async ValueTask DisposeAsync()
    {
        await rabbitMq.DisposeAsync();
        await postgres.DisposeAsync();
    }

    private static async Task StopAsync(IReadOnlyCollection<int> processes, TimeSpan duration)
    {
        if (processes.Count == 0)
            throw new InvalidOperationException("The server to be stopped has no process.");

        await Signal.SendAsync("STOP", processes, CancellationToken.None);
        await Task.Delay(duration, TimeProvider.System);
        await Signal.SendAsync("CONT", processes, CancellationToken.None);
    }

    private async Task NoteReturnAsync(string server, Func<Task<bool>> answers)
    {
        while (!await answers())
            await Task.Delay(ProbeInterval, TimeProvider.System);
        Returns.Enqueue(new ServerReturn(server, TimeProvider.System.GetUtcNow()));
    }

    private async Task<bool> AmqpAnswersAsync()
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = Amqp, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
            return true;
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException)
        {
            return false;
        }
    }

    private async Task<bool> PostgresAnswersAsync()
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    [GeneratedRegex("\"messages_(ready|unacknowledged|unconfirmed)\":[1-9]")]
    private static partial Regex HoldsSomething();
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Inference;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>
/// The price of the guarantees: accept, start and settle of each request through the ledger's writer, on a private Postgres that syncs to disk,
/// with as many waiters as the pipeline has. Counts the CPU time of all of Postgres and of this process, waiters included.
/// </summary>
internal sealed class LedgerBenchmark : IAsyncDisposable
{
    private const string Tenant = "default";

    private static readonly JsonElement Answer = JsonElement.Parse(
        """
        {"id":"chatcmpl-9QW2yJx1mY7bT3kLp0aZ","object":"chat.completion","created":1764547200,"model":"m0","choices":[{"index":0,"message":{"role":"assistant","content":"El pedido ha salido de nuestro almacén y debería llegar dentro de dos días laborables."},"finish_reason":"stop"}],"usage":{"prompt_tokens":31,"completion_tokens":22,"total_tokens":53}}
        """);

    private static readonly Price Price = new(0.15m, 0.6m, 0.075m, 0.15m);

    private readonly ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning));
    private readonly NpgsqlDataSource source;
    private readonly CountingStore store;
    private readonly LedgerWriter writer;
    private readonly LeaseKeeper lease;
    private readonly WorkerIdentity worker = new();

    private LedgerBenchmark(string connectionString)
    {
        var options = new LedgerOptions();
        source = PostgresDatabase.CreateSource(connectionString);
        store = new CountingStore(new PostgresLedgerStore(source, options.Kept.Payloads, TimeProvider.System));
        writer = new LedgerWriter(store, options, TimeProvider.System, loggers.CreateLogger<LedgerWriter>());
        lease = new LeaseKeeper(store, worker, options, TimeProvider.System, NullLogger<LeaseKeeper>.Instance);
    }

    public static async Task<int> RunAsync(BenchmarkArguments arguments)
    {
        var (requests, waiters, rounds) = (arguments.Number("--requests", 30_000), arguments.Number("--waiters", 512), arguments.Number("--rounds", 5));
        Environment.SetEnvironmentVariable("LLMBROKER_TEST_DOCKER", "never");
        await using var postgres = await PostgresServer.StartOwnAsync(CancellationToken.None);
        var database = await postgres.CreateDatabaseAsync(CancellationToken.None);
        await LedgerMigrator.ForPostgres(database, NullLogger.Instance).MigrateAsync(CancellationToken.None);
        AnsiConsole.WriteLine(
            $"{Environment.ProcessorCount} cores, .NET {Environment.Version}, PostgreSQL {postgres.Version}, fsync and synchronous_commit on, {waiters} waiters, {rounds} rounds of {requests} requests after a warm-up; medians");

        await using var benchmark = new LedgerBenchmark(database);
        var server = await benchmark.ServerAsync();
        await benchmark.lease.StartAsync(CancellationToken.None);
        await benchmark.writer.StartAsync(CancellationToken.None);
        await benchmark.MeasureAsync(server, requests, waiters);
        var measured = new List<Round>();
        for (var i = 0; i < rounds; i++)
            measured.Add(await benchmark.MeasureAsync(server, requests, waiters));

        var median = new Round(
            Median(measured, round => round.Postgres),
            Median(measured, round => round.Net),
            Median(measured, round => round.PerSecond),
            Median(measured, round => round.PerCommit),
            Median(measured, round => round.WalBytes));
        Print(median);
        if (arguments.Has("--json"))
            Console.Out.WriteLine(Json(median, measured));
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await writer.StopAsync(CancellationToken.None);
        await lease.StopAsync(CancellationToken.None);
        writer.Dispose();
        lease.Dispose();
        await source.DisposeAsync();
        loggers.Dispose();
    }

    private async Task<Round> MeasureAsync(int server, int requests, int waiters)
    {
        var wal = await WalAsync();
        var (commits, operations) = (store.Commits, store.Operations);
        var (postgres, own) = (CpuClock.OfTree(server), CpuClock.Of(Environment.ProcessId));
        var start = TimeProvider.System.GetTimestamp();

        var left = requests;
        await Task.WhenAll(Enumerable.Range(0, waiters).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await CarryOutAsync();
        }));

        var elapsed = TimeProvider.System.GetElapsedTime(start);
        return new Round(
            (double)(CpuClock.OfTree(server) - postgres) / requests,
            (double)(CpuClock.Of(Environment.ProcessId) - own) / requests,
            requests / elapsed.TotalSeconds,
            (double)(store.Operations - operations) / (store.Commits - commits),
            (double)(await WalAsync() - wal) / requests);
    }

    /// <summary>One request as router and worker write it.</summary>
    private async Task CarryOutAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var acceptance = Acceptance(Guid.NewGuid().ToString(), now);
        if ((await writer.AcceptAsync(acceptance, CancellationToken.None)).State != AcceptState.New)
            throw new InvalidOperationException("The ledger knew a new request.");

        var start = new AttemptStart
        {
            Key = acceptance.Key,
            AttemptId = Guid.CreateVersion7(now),
            ClaimId = Guid.NewGuid(),
            WorkerId = worker.Id,
            Deployment = "openai-small",
            Provider = "openai",
            Model = "small",
            StartedAt = TimeProvider.System.GetUtcNow(),
            EstimatedCostUsd = 0.0024621m,
            MaxAttempts = 12,
            Deadline = acceptance.Deadline,
        };
        if ((await writer.StartAsync(start, CancellationToken.None)).State != StartState.Started)
            throw new InvalidOperationException("The ledger did not let a new request start.");

        var settled = await writer.SettleAsync(Settlement(acceptance, start), CancellationToken.None);
        if (settled.State != SettleState.Settled)
            throw new InvalidOperationException("The ledger did not let a running request settle.");
    }

    private static Acceptance Acceptance(string requestId, DateTimeOffset now) => new()
    {
        Key = new RunKey(Tenant, requestId, 1),
        BodyHash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(requestId)),
        AcceptedAt = now,
        Lane = "bulk",
        Operation = "chat",
        Deadline = now.AddDays(1),
        MessageBytes = 412,
        PromptTokens = 31,
        Route = new Route
        {
            Deployment = "openai-small",
            Model = "small",
            Tier = "cheap",
            Task = "translation",
            TaskConfidence = 0.93,
            Policy = "auto",
            Fallbacks = ["openai-large"],
            Reason = "policy auto: task translation → cheap",
        },
        ReplyTo = new ReplyAddress { Queue = "reply.default.3f9a6c1e5b7d4f0a8c2e", CorrelationId = requestId },
    };

    private static Settlement Settlement(Acceptance acceptance, AttemptStart start)
    {
        var now = TimeProvider.System.GetUtcNow();
        var usage = new TokenUsage { InputTokens = 31, OutputTokens = 22 };
        var cost = Price.CostOf(usage);
        var run = new RunInference
        {
            Tenant = Tenant,
            RequestId = acceptance.Key.RequestId,
            Run = 1,
            Lane = acceptance.Lane,
            Operation = acceptance.Operation,
            Route = acceptance.Route!,
            AcceptedAt = acceptance.AcceptedAt,
            Deadline = acceptance.Deadline,
            Body = default,
        };
        return new Settlement
        {
            Key = acceptance.Key,
            ClaimId = start.ClaimId,
            Attempt = new AttemptEnd
            {
                Key = acceptance.Key,
                AttemptId = start.AttemptId,
                Status = AttemptStatus.Succeeded,
                EndedAt = now,
                Latency = now - start.StartedAt,
                HttpStatus = 200,
                VendorRequestId = "req_7c1f0e9b2a4d4c5e",
                FinishReason = "stop",
                Usage = usage,
                Price = Price,
                CostUsd = cost,
            },
            Outcome = OutcomeComposer.Completed(
                run, new ProviderResult { Body = Answer, Usage = usage, FinishReason = "stop" }, new Spending(1, cost, PriceUnknown: false), now),
        };
    }

    private Task<long> WalAsync() => ScalarAsync<long>("SELECT (pg_current_wal_lsn() - '0/0')::bigint");

    /// <summary>The process of which all others of the server are children.</summary>
    private Task<int> ServerAsync() => ScalarAsync<int>(@"SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::integer");

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static void Print(Round median)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("CPU-ms a request");
        foreach (var header in new[] { "PostgreSQL", ".NET", "all", "requests/s", "operations a commit", "WAL bytes a request" })
            table.AddColumn(new TableColumn(header).RightAligned());
        table.AddRow(
            "accept, start, settle",
            Text(median.Postgres),
            Text(median.Net),
            Text(median.All),
            median.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
            median.PerCommit.ToString("N0", CultureInfo.InvariantCulture),
            median.WalBytes.ToString("N0", CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
    }

    private static string Json(Round median, List<Round> rounds) => JsonSerializer.Serialize(new Dictionary<string, double>
    {
        ["cpu_ms"] = Math.Round(Median(rounds, round => round.All), 4),
        ["postgres_cpu_ms"] = Math.Round(median.Postgres, 4),
        ["net_cpu_ms"] = Math.Round(median.Net, 4),
        ["requests_per_s"] = Math.Round(median.PerSecond),
        ["operations_per_commit"] = Math.Round(median.PerCommit, 1),
        ["wal_bytes"] = Math.Round(median.WalBytes),
    });

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static double Median(List<Round> rounds, Func<Round, double> value)
    {
        var sorted = rounds.Select(value).Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Round(double Postgres, double Net, double PerSecond, double PerCommit, double WalBytes)
    {
        public double All => Postgres + Net;
    }

    /// <summary>Counts what goes through.</summary>
    private sealed class CountingStore(ILedgerStore inner) : ILedgerStore
    {
        public long Commits { get; private set; }
        public long Operations { get; private set; }

        public Task CommitAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
        {
            Commits++;
            Operations += operations.Count;
            return inner.CommitAsync(operations, cancellationToken);
        }

        public Task RenewLeaseAsync(Guid workerId, string host, TimeSpan lease, CancellationToken cancellationToken) =>
            inner.RenewLeaseAsync(workerId, host, lease, cancellationToken);

        public Task EndLeaseAsync(Guid workerId, CancellationToken cancellationToken) => inner.EndLeaseAsync(workerId, cancellationToken);
    }
}

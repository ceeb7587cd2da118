using LlmBroker.Benchmarks;
using LlmBroker.Benchmarks.Chaos;

return args switch
{
    ["pipeline", .. var options] => await PipelineBenchmark.RunAsync(PipelineOptions.Parse(options)),
    ["ledger", .. var options] => await LedgerBenchmark.RunAsync(new BenchmarkArguments(options)),
    ["backlog", .. var options] => await BacklogBenchmark.RunAsync(new BenchmarkArguments(options)),
    ["fuzz", .. var options] => await FuzzBenchmark.RunAsync(new BenchmarkArguments(options)),
    ["classify", .. var options] => ClassifierBenchmark.Run(new BenchmarkArguments(options)),
    ["route", .. var options] => await RouteBenchmark.RunAsync(new BenchmarkArguments(options)),
    ["role", var role, var configuration] => await OursProcess.RunAsync(configuration, Enum.Parse<LlmBroker.BrokerRoles>(role)),
    ["chaos", .. var options] => await ChaosRun.RunAsync(ChaosOptions.Parse(options)),
    ["ours", var configuration] => await OursProcess.RunAsync(configuration),
    ["bare", var amqp, var postgres, var vendor] => await BareProcess.RunAsync(new Uri(amqp), postgres, new Uri(vendor)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: pipeline [--requests N] [--rounds N] [--json] | ledger [--requests N] [--waiters N] [--rounds N] [--json]");
    Console.Error.WriteLine("       backlog [--requests N] [--sample N] [--json] | fuzz [--seed N] [--messages N] [--json] | classify [--predictions N] [--json]");
    Console.Error.WriteLine("       route [--decisions N] [--json]");
    Console.Error.WriteLine($"       {ChaosOptions.Usage}");
    return 2;
}

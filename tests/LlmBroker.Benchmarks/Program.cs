using LlmBroker.Benchmarks;

return args switch
{
    ["pipeline", .. var options] => await PipelineBenchmark.RunAsync(PipelineOptions.Parse(options)),
    ["ledger", .. var options] => await LedgerBenchmark.RunAsync(new BenchmarkArguments(options)),
    ["ours", var configuration] => await OursProcess.RunAsync(configuration),
    ["bare", var amqp, var postgres, var vendor] => await BareProcess.RunAsync(new Uri(amqp), postgres, new Uri(vendor)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: pipeline [--requests N] [--rounds N] [--json] | ledger [--requests N] [--waiters N] [--rounds N] [--json]");
    return 2;
}

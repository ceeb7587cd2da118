using System.Runtime.InteropServices;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;

var (options, faults) = VendorSimArguments.Parse(args);
if (options is null)
{
    foreach (var fault in faults)
        Console.Error.WriteLine(fault);
    Console.Error.WriteLine(VendorSimArguments.Usage);
    return 2;
}

using var loggers = LoggerFactory.Create(logging => logging
    .AddSimpleConsole(console => console.SingleLine = true)
    // Broken answers are this server's trade, but Kestrel reports each as an application's error.
    .AddFilter("Microsoft", LogLevel.None)
    .AddFilter("Microsoft.Hosting", LogLevel.Error));
try
{
    await using var sim = await VendorSim.StartAsync(options with { LoggerFactory = loggers });
    Console.WriteLine($"Simulated vendors on {sim.Address}, models from {options.ModelsFile}. Ctrl-C ends.");

    var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    await stopped.Task;
    return 0;

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stopped.TrySetResult();
    }
}
catch (Exception e) when (e is InvalidModelsException or IOException or UnauthorizedAccessException or FormatException)
{
    // A wrong file or a port in use: the reason is enough, a stack trace would hide it.
    Console.Error.WriteLine(e.Message);
    return 1;
}

using System.CommandLine;
using System.Runtime.InteropServices;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using RabbitMQ.Client.Exceptions;
using Spectre.Console;

namespace LlmBroker.Cli;

/// <summary>Turns what stops a command into a message for a person. Anything else is a bug and shows its stack.</summary>
internal static class CommandErrors
{
    public static async Task<int> RunAsync(ParseResult command)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            // Signals are ours: the library's own handler ends the process after two seconds, in the middle of a drain.
            return await command.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (BrokerConfigurationException exception)
        {
            return Report(exception.Message);
        }
        catch (LedgerUnavailableException exception)
        {
            return Report($"The ledger's database cannot be reached: {exception.InnerException?.Message ?? exception.Message} Check 'ledger' in the configuration, or run 'llmbroker doctor'.");
        }
        catch (BrokerUnreachableException exception)
        {
            return Report($"RabbitMQ cannot be reached: {exception.InnerException?.Message ?? exception.Message} Check 'rabbitMq' in the configuration, or run 'llmbroker doctor'.");
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <returns><paramref name="exitCode"/>.</returns>
    public static int Report(string message, int exitCode = ExitCode.Unusable)
    {
        WideOutput.OnError().Write(new Text(message + Environment.NewLine, new Style(Color.Red)));
        return exitCode;
    }
}

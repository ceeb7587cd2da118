using System.CommandLine;
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
        try
        {
            return await command.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
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
    }

    public static int Report(string message)
    {
        var error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        error.Write(new Text(message + Environment.NewLine, new Style(Color.Red)));
        return ExitCode.Unusable;
    }
}

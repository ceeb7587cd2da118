using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using LlmBroker.Cli.Amqp;
using LlmBroker.Configuration;
using LlmBroker.Messaging;
using Spectre.Console;

namespace LlmBroker.Cli.Send;

/// <summary><c>llmbroker send</c>: one request, one answer.</summary>
internal static class SendCommand
{
    private static readonly Argument<string> Text = new("text") { Description = "What to ask; '-' reads it from standard input." };

    private static readonly Option<string?> Model = new("--model") { Description = "Model, instead of a policy." };

    private static readonly Option<string?> Policy = new("--policy") { Description = "Routing policy. Default: the configured one." };

    private static readonly Option<string?> System = new("--system") { Description = "System message." };

    private static readonly Option<string> Lane = new("--lane")
    {
        Description = "How urgent: interactive, standard or bulk.",
        DefaultValueFactory = _ => Messaging.Lane.Interactive,
    };

    private static readonly Option<TimeSpan> Timeout = new("--timeout")
    {
        Description = "How long to wait for the answer; after it no call is made either.",
        DefaultValueFactory = _ => TimeSpan.FromMinutes(2),
        CustomParser = ReadTimeout,
    };

    public static Command Create()
    {
        var command = new Command("send", "Send one request and print the answer.") { Text, Model, Policy, System, Lane, Timeout, SharedOptions.Tenant, SharedOptions.Json };
        Lane.AcceptOnlyFromAmong(Messaging.Lane.All);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Model) is not null && result.GetValue(Policy) is not null)
                result.AddError("Both --model and --policy are given; give one of them.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetRequiredValue(Text);
        var question = new Question
        {
            Text = text == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : text,
            System = arguments.GetValue(System),
            Model = arguments.GetValue(Model),
            Policy = arguments.GetValue(Policy),
            Lane = arguments.GetRequiredValue(Lane),
            Tenant = arguments.GetRequiredValue(SharedOptions.Tenant),
            Timeout = arguments.GetValue(Timeout),
        };
        try
        {
            var time = TimeProvider.System;
            var started = time.GetTimestamp();
            await using var link = await BrokerLink.OpenAsync(BrokerAccess.Load(arguments, "send"), cancellationToken);
            var answer = await Exchange.AskAsync(link, question, time, cancellationToken);
            var latency = time.GetElapsedTime(started);
            var shown = Show(answer, latency, arguments.GetValue(SharedOptions.Json));
            return shown ? ExitCode.Success : ExitCode.Failed;
        }
        catch (BrokerRefusedException exception)
        {
            return CommandErrors.Report(exception.Message);
        }
        catch (TimeoutException exception)
        {
            CommandErrors.Report(exception.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>Shows the reply; false when it is a failure.</summary>
    private static bool Show(Reply reply, TimeSpan latency, bool asJson)
    {
        if (asJson)
        {
            var result = new SendResult(reply.Completed, reply.Failed, Math.Round(latency.TotalMilliseconds, 1));
            Console.Out.WriteLine(JsonSerializer.Serialize(result, SendJsonContext.Default.SendResult));
        }
        else if (reply.Completed is { } completed)
        {
            AnswerText.Write(AnsiConsole.Console, completed, latency);
        }
        else
        {
            CommandErrors.Report(reply.Failed is { } failed ? AnswerText.Of(failed) : "The reply cannot be read: is the broker of a newer version than this command?");
        }

        return reply.Completed is not null;
    }

    private static TimeSpan ReadTimeout(ArgumentResult result)
    {
        if (DurationText.TryParse(result.Tokens[0].Value, out var timeout) && timeout > TimeSpan.Zero && timeout < TimeSpan.FromDays(1))
            return timeout;

        result.AddError($"--timeout '{result.Tokens[0].Value}' must be a duration such as 30s or 2m, at most a day.");
        return default;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Messaging;
using LlmBroker.Routing;

namespace LlmBroker.Cli.Submit;

/// <summary>The arguments of <c>submit</c> and what they mean.</summary>
internal static class SubmitArguments
{
    private const int DefaultInFlight = 2000;
    private const int MostInFlight = 100_000;

    private static readonly Argument<FileInfo> Input = new("file")
    {
        Description = "JSONL: lines {\"custom_id\",\"messages\":[…]} or OpenAI batch input lines.",
    };

    private static readonly Option<string> Output = new("--out") { Description = "Where answers go, as OpenAI batch output lines.", Required = true };

    private static readonly Option<string?> Errors = new("--errors") { Description = "Where failures go. Default: beside --out, OUT.errors.jsonl." };

    private static readonly Option<string> Lane = new("--lane")
    {
        Description = "How urgent: bulk, standard or interactive.",
        DefaultValueFactory = _ => Messaging.Lane.Bulk,
    };

    private static readonly Option<string?> Policy = new("--policy") { Description = "Routing policy. Default: the configured one." };

    private static readonly Option<string?> Model = new("--model") { Description = "Model, instead of a policy." };

    private static readonly Option<string?> Task = new("--task") { Description = "Kind of work, such as translation. Default: classified line by line." };

    private static readonly Option<string?> Deadline = new("--deadline") { Description = "After it no call is made: 2h, 30m, or an ISO 8601 instant." };

    private static readonly Option<decimal?> MaxCost = new("--max-cost") { Description = "Cap in USD on each request." };

    private static readonly Option<string?> Group = new("--group") { Description = "Group of the requests, for 'cancel --group'. Default: the job's name." };

    private static readonly Option<int> InFlight = new("--in-flight")
    {
        Description = "Requests without a reply at any moment.",
        DefaultValueFactory = _ => DefaultInFlight,
    };

    private static readonly Option<string?> Delivery = new("--delivery")
    {
        Description = "at-least-once, or at-most-once: a call whose outcome is unknown is not made again. Default: as configured for the task, else at-least-once.",
    };

    private static readonly Option<string?> JobName = new("--job")
    {
        Description = "Name of the job. Default: from the file's content and --model, --policy, --task. Another name sends and pays anew.",
    };

    private static readonly Option<bool> RetryFailed = new("--retry-failed") { Description = "Send what failed once more, as new requests." };

    private static readonly Option<bool> Resend = new("--resend")
    {
        Description = "Send again what was sent and not answered; the broker answers from its record without paying again.",
    };

    public static void AddTo(Command command)
    {
        command.Arguments.Add(Input);
        foreach (var option in (ReadOnlySpan<Option>)[Output, Errors, Lane, Policy, Model, Task, Deadline, MaxCost, Group, SharedOptions.Tenant, InFlight, Delivery, JobName, RetryFailed, Resend, SharedOptions.Json])
            command.Options.Add(option);

        Input.AcceptExistingOnly();
        Lane.AcceptOnlyFromAmong(Messaging.Lane.All);
        Delivery.AcceptOnlyFromAmong("at-least-once", "at-most-once");
        Check(Task, task => TaskKinds.TryParse(task, out var kind) && kind != TaskKind.Unknown ? null : $"Task '{task}' is unknown.");
        Check(JobName, name => Job.IsName(name) ? null : $"Job '{name}' must be 1 to {Job.MaxNameLength} letters, digits, '-' or '_'.");
        Check(Deadline, text => TryReadDeadline(text, DateTimeOffset.UnixEpoch, out _) ? null : $"Deadline '{text}' is neither a duration such as 2h nor an instant such as 2027-01-31T18:00Z.");
        Check(InFlight, text => int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostInFlight ? null : $"--in-flight must be between 1 and {MostInFlight}.");
        Check(MaxCost, text => decimal.TryParse(text, CultureInfo.InvariantCulture, out var usd) && usd >= 0 ? null : $"--max-cost '{text}' must be an amount of USD that is not negative.");
        command.Validators.Add(result =>
        {
            if (result.GetValue(Model) is not null && result.GetValue(Policy) is not null)
                result.AddError("Both --model and --policy are given; give one of them.");
        });
    }

    public static SubmitOptions Read(ParseResult arguments, TimeProvider time)
    {
        var output = arguments.GetRequiredValue(Output);
        return new SubmitOptions
        {
            Input = arguments.GetRequiredValue(Input).FullName,
            Output = output,
            Errors = arguments.GetValue(Errors) ?? ErrorsBeside(output),
            Tenant = arguments.GetRequiredValue(SharedOptions.Tenant),
            Lane = arguments.GetRequiredValue(Lane),
            Policy = arguments.GetValue(Policy),
            Model = arguments.GetValue(Model),
            Task = arguments.GetValue(Task),
            Deadline = arguments.GetValue(Deadline) is { } text && TryReadDeadline(text, time.GetUtcNow(), out var deadline) ? deadline : null,
            MaxCostUsd = arguments.GetValue(MaxCost),
            GroupId = arguments.GetValue(Group),
            Delivery = arguments.GetValue(Delivery),
            InFlight = arguments.GetValue(InFlight),
            Job = arguments.GetValue(JobName),
            RetryFailed = arguments.GetValue(RetryFailed),
            Resend = arguments.GetValue(Resend),
        };
    }

    /// <summary><c>out.jsonl</c> → <c>out.errors.jsonl</c>.</summary>
    public static string ErrorsBeside(string output) => Path.ChangeExtension(output, ".errors" + Path.GetExtension(output));

    public static bool TryReadDeadline(string text, DateTimeOffset now, out DateTimeOffset deadline)
    {
        if (DurationText.TryParse(text, out var duration) && duration < DateTimeOffset.MaxValue - now)
        {
            deadline = now + duration;
            return true;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out deadline);
    }

    /// <summary>Checks the text of an option, so that every fault is told in one message.</summary>
    private static void Check(Option option, Func<string, string?> faultOf) =>
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (faultOf(token.Value) is { } fault)
                    result.AddError(fault);
            }
        });
}

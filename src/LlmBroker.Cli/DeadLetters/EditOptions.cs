using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;

namespace LlmBroker.Cli.DeadLetters;

/// <summary>What a redrive changes.</summary>
internal static class EditOptions
{
    private static readonly Option<string?> Model = new("--model") { Description = "Route again, to this model." };
    private static readonly Option<string?> Policy = new("--policy") { Description = "Route again, by this policy." };
    private static readonly Option<string?> Lane = new("--lane") { Description = "Send in this lane." };
    private static readonly Option<decimal?> MaxCost = new("--max-cost") { Description = "The new cap in USD, over all runs.", CustomParser = ParseMoney };
    private static readonly Option<TimeSpan?> Deadline = new("--deadline") { Description = "How long the new run may take, such as 2h. Default: as long as the last one.", CustomParser = ParseDuration };
    private static readonly Option<JsonElement?> Patch = new("--patch") { Description = "An RFC 7396 merge patch of the OpenAI body: JSON, or a file that holds it.", CustomParser = ParsePatch };

    public static Command WithEdits(this Command command)
    {
        foreach (var option in (Option[])[Model, Policy, Lane, MaxCost, Deadline, Patch])
            command.Options.Add(option);
        return command;
    }

    public static RedriveEdits Read(ParseResult arguments) => new()
    {
        Model = arguments.GetValue(Model),
        Policy = arguments.GetValue(Policy),
        Lane = arguments.GetValue(Lane),
        MaxCostUsd = arguments.GetValue(MaxCost),
        TimeToLive = arguments.GetValue(Deadline),
        Patch = arguments.GetValue(Patch),
    };

    private static decimal? ParseMoney(ArgumentResult result)
    {
        var text = TextOf(result);
        if (decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var usd))
            return usd;

        result.AddError($"'{text}' is no sum; write USD such as 0.25.");
        return null;
    }

    private static TimeSpan? ParseDuration(ArgumentResult result)
    {
        var text = TextOf(result);
        if (DurationText.TryParse(text, out var duration))
            return duration;

        result.AddError($"'{text}' is no length of time; write one such as 30m or 2h.");
        return null;
    }

    private static JsonElement? ParsePatch(ArgumentResult result)
    {
        var text = TextOf(result);
        try
        {
            if (!text.TrimStart().StartsWith('{'))
                text = File.ReadAllText(text);
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            result.AddError($"The patch is no JSON: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            result.AddError($"The patch '{text}' is neither a JSON object nor a file that can be read: {exception.Message}");
        }

        return null;
    }

    private static string TextOf(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}

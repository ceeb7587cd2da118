using System.Text.Json;
using LlmBroker.Contracts;
using Spectre.Console;

namespace LlmBroker.Cli.Send;

/// <summary>A reply for a person.</summary>
internal static class AnswerText
{
    /// <summary>The answer, and one line on how it came about.</summary>
    public static void Write(IAnsiConsole console, InferenceCompleted reply, TimeSpan latency)
    {
        // Both are written as they are where nobody looks on: a console of a given width breaks lines.
        var output = console.Profile.Out;
        output.Writer.WriteLine(TextIn(reply.Body));
        if (output.IsTerminal)
            console.Write(new Text(FactsOf(reply, latency) + Environment.NewLine, new Style(decoration: Decoration.Dim)));
        else
            output.Writer.WriteLine(FactsOf(reply, latency));
    }

    public static string Of(InferenceFailed failure)
    {
        var kept = failure.DeadLetterId is { } deadLetter ? $"{Environment.NewLine}Kept as dead letter {deadLetter}." : "";
        return $"{failure.Reason}: {failure.Message}{kept}";
    }

    /// <summary>The text of the first choice; tool calls, and what has no text, as JSON.</summary>
    public static string TextIn(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("choices", out var choices)
            || choices.ValueKind != JsonValueKind.Array
            || choices.EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } choice
            || !choice.TryGetProperty("message", out var message)
            || message.ValueKind != JsonValueKind.Object)
        {
            return body.GetRawText();
        }

        return message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : message.GetRawText();
    }

    public static string FactsOf(InferenceCompleted reply, TimeSpan latency)
    {
        var usage = reply.Usage;
        var input = usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens;
        var cost = reply.CostUsd is { } usd ? $"${usd:0.000000}" : "cost unknown";
        var truncated = reply.FinishReason == "length" ? " · truncated" : "";
        return $"{reply.Route.Model} · {input:N0} in, {usage.OutputTokens:N0} out · {cost} · {latency.TotalMilliseconds:N0} ms · {reply.Route.Reason}{truncated}";
    }
}

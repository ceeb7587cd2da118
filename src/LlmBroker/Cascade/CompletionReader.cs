using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers;
using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Cascade;

/// <summary>Reads what validators look at out of a request and its answer. Pure.</summary>
internal static class CompletionReader
{
    /// <summary>Characters from which a part of the prompt is too long to be an instruction only.</summary>
    private const int LongPart = 80;

    /// <summary>One for each choice; a body that is no chat completion has none.</summary>
    public static IEnumerable<CheckedCompletion> Read(RunInference run, JsonElement answer)
    {
        if (answer.Member("choices") is not { ValueKind: JsonValueKind.Array } choices)
            yield break;

        var request = run.Body.GetValueOrDefault();
        var (conversation, prompt, source) = ReadMessages(request);
        var passage = source ?? PartOf(prompt);
        var wantsJson = request.Member("response_format")?.Text("type") is "json_schema" or "json_object";
        foreach (var choice in choices.EnumerateArray())
        {
            yield return new CheckedCompletion
            {
                Request = request,
                Choice = choice,
                Task = run.Route.Task,
                SourceLanguage = run.Route.SourceLanguage,
                TargetLanguage = run.Route.TargetLanguage,
                Conversation = conversation,
                Prompt = prompt,
                Source = source,
                Passage = passage,
                Text = TextOf(choice.Member("message")),
                FinishReason = choice.Text("finish_reason"),
                CallsTools = choice.Member("message")?.Member("tool_calls") is { ValueKind: JsonValueKind.Array } calls && calls.GetArrayLength() > 0,
                WantsJson = wantsJson,
            };
        }
    }

    /// <summary>A message's text; parts that are none are left out.</summary>
    public static string TextOf(JsonElement? message)
    {
        if (message?.Member("content") is not { } content)
            return "";
        if (content.ValueKind == JsonValueKind.String)
            return content.GetString()!;
        return content.ValueKind == JsonValueKind.Array
            ? string.Join('\n', content.EnumerateArray().Select(part => part.Text("text")).OfType<string>())
            : "";
    }

    private static (string Conversation, string Prompt, string? Source) ReadMessages(JsonElement request)
    {
        var conversation = new StringBuilder();
        var system = new List<string>();
        var user = new List<string>();
        var isPlain = true;
        if (request.Member("messages") is { ValueKind: JsonValueKind.Array } messages)
        {
            foreach (var message in messages.EnumerateArray())
            {
                var text = TextOf(message);
                conversation.Append(text).Append('\n');
                switch (message.Text("role"))
                {
                    case "system" or "developer":
                        system.Add(text);
                        break;
                    case "user":
                        user.Add(text);
                        break;
                    default:
                        isPlain = false;
                        break;
                }
            }
        }

        var split = isPlain && user.Count > 0 ? InstructionSplitter.Split(system is [] ? null : string.Join('\n', system), user) : null;
        return (conversation.ToString(), user is [.., var last] ? last : "", split is { WhyNot: null } ? split.Text : null);
    }

    /// <summary>The longest paragraph, or what comes after the first colon, when it is most of the prompt.</summary>
    private static string? PartOf(string prompt)
    {
        var longest = prompt.Split('\n').MaxBy(part => part.Length) ?? "";
        // With the instruction on the same line the text comes after it.
        if (longest.Length == prompt.Trim().Length)
            longest = prompt.IndexOfAny([':', '\uff1a']) is var colon and >= 0 ? prompt[(colon + 1)..] : "";
        return longest.Length >= LongPart && longest.Length * 5 >= prompt.Length * 3 ? longest.Trim() : null;
    }
}

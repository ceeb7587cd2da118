using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>What a fine-tuned model gets to read, taken out of a chat request.</summary>
internal sealed record TaskInput
{
    public required string Text { get; init; }

    /// <summary>What the model calls the language of the text; null: not sent.</summary>
    public string? SourceCode { get; init; }

    public string? TargetCode { get; init; }

    /// <summary>Labels among which a zero-shot model chooses.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Kinds of entities that are wanted, in the request's words and the model's; empty: all.</summary>
    public IReadOnlyList<(string Word, string Group)> Kinds { get; init; } = [];

    /// <summary>Most tokens of the answer, when said.</summary>
    public JsonElement? MaxTokens { get; init; }

    /// <summary>
    /// Reads a request for a model of one task. Uncertain is <see cref="ProviderError.Unsupported"/>: the router asks before it routes and takes a chat
    /// model instead, so that only a request that names such a model gets to see it.
    /// </summary>
    public static TaskInput? Read(JsonElement body, string api, TaskModelOptions options, RequestFaults faults)
    {
        var request = new ChatRequest(body);
        var messages = ChatMessages.Read(request.Take("messages"), faults);
        var maxTokens = request.TakeMaxTokens();
        // What such a model does anyway: it has no chance in it.
        request.Take("seed");
        if (request.Take("temperature") is { } temperature && !(temperature.TryGetDouble(out var degrees) && degrees is 0 or 1))
            faults.Unsupported("temperature", "other than 0 is not supported by a model of one task");
        if (request.Take("top_p") is { } topP && !(topP.TryGetDouble(out var share) && share == 1))
            faults.Unsupported("top_p", "is not supported by a model of one task");
        request.RefuseRest(faults);
        if (faults.First is not null)
            return null;

        if (messages.Any(message => message.Role is ChatRole.Assistant or ChatRole.Tool || message.Parts.Any(part => part is not ChatPart.Text)))
        {
            faults.Unsupported("messages", "hold more than one text for a model of one task");
            return null;
        }

        var system = Joined(messages, ChatRole.System);
        var user = messages.Where(message => message.Role == ChatRole.User).Select(Joined).ToList();
        var (input, whyNot) = api switch
        {
            TaskApis.Translation => Translation(InstructionSplitter.Split(system, user), options),
            TaskApis.Summarization => Summarization(InstructionSplitter.Split(system, user), options),
            TaskApis.Classification => Classification(system, user, options),
            _ => Extraction(system, user, options),
        };
        if (input is null)
            faults.Unsupported("messages", $"are not certain to be one text to give to a model for {api}: {whyNot}");
        return input is null ? null : input with { MaxTokens = maxTokens };
    }

    private static (TaskInput? Input, string? WhyNot) Translation(TextSplit split, TaskModelOptions options)
    {
        if (split.WhyNot is { } uncertain)
            return (null, uncertain);
        if (split.Task != InstructionWord.Translate || split.Target is not { } target)
            return (null, "no translation is asked for");
        if (!options.Targets.Contains(target))
            return (null, $"the model does not write '{target}'");

        var detected = TextLanguage.Detect(split.Text);
        var source = split.Source ?? detected;
        if (options.Sources.Count > 0 && (source is null || !options.Sources.Contains(source)))
            return (null, source is null ? "the language of the text is not certain" : $"the model does not read '{source}'");
        if (split.Source is { } said && detected is not null && detected != said && !said.StartsWith(detected, StringComparison.Ordinal))
            return (null, $"the text is said to be in '{said}' and looks like '{detected}'");
        if (source == target)
            return (null, "the text is in that language already");
        if (options.LanguageCodes.Count == 0)
            return (new TaskInput { Text = split.Text }, null);

        return source is not null && options.LanguageCodes.TryGetValue(source, out var sourceCode) && options.LanguageCodes.TryGetValue(target, out var targetCode)
            ? (new TaskInput { Text = split.Text, SourceCode = sourceCode, TargetCode = targetCode }, null)
            : (null, "the model has no code for one of the languages");
    }

    private static (TaskInput?, string?) Summarization(TextSplit split, TaskModelOptions options)
    {
        if (split.WhyNot is { } uncertain)
            return (null, uncertain);
        if (split.Task != InstructionWord.Summarize || split.Target is not null)
            return (null, "no summary, or one in another language, is asked for");
        return WithLanguage(new TaskInput { Text = split.Text }, options);
    }

    private static (TaskInput?, string?) Classification(string? system, List<string> user, TaskModelOptions options)
    {
        if (system is not null || user is not [var message] || LabelledTask.Classification(message.Trim()) is not { } found)
            return (null, "it does not name labels and one text");
        if (options.ZeroShot)
            return WithLanguage(new TaskInput { Text = found.Text, Labels = found.Labels }, options);

        var known = options.Labels.Values.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return known.Count > 0 && known.SetEquals(found.Labels)
            ? WithLanguage(new TaskInput { Text = found.Text, Labels = found.Labels }, options)
            : (null, "its labels are not those of the model");
    }

    private static (TaskInput?, string?) Extraction(string? system, List<string> user, TaskModelOptions options) =>
        system is null && user is [var message] && LabelledTask.Extraction(message.Trim()) is { } found
            ? WithLanguage(new TaskInput { Text = found.Text, Kinds = found.Kinds }, options)
            : (null, "it does not name known kinds of entities and one text");

    private static (TaskInput?, string?) WithLanguage(TaskInput input, TaskModelOptions options)
    {
        if (options.Sources.Count == 0)
            return (input, null);
        var language = TextLanguage.Detect(input.Text);
        return language is not null && options.Sources.Contains(language)
            ? (input, null)
            : (null, language is null ? "the language of the text is not certain" : $"the model does not read '{language}'");
    }

    private static string? Joined(IReadOnlyList<ChatMessage> messages, ChatRole role)
    {
        var texts = messages.Where(message => message.Role == role).Select(Joined).ToList();
        return texts is [] ? null : string.Join('\n', texts);
    }

    private static string Joined(ChatMessage message) => string.Join('\n', message.Parts.OfType<ChatPart.Text>().Select(text => text.Value.GetString()));
}

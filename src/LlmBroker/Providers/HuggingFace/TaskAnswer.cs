using System.Text.Json;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>Makes a chat completion out of what a model of one task answered. It counts no tokens, so there is no usage.</summary>
internal static class TaskAnswer
{
    public static ProviderResult Read(VendorAnswer answer, ProviderCall call, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            if (ContentOf(document.RootElement, call) is not { } content)
                return VendorFailure.Malformed(answer, $"the answer is not that of a model for {call.Api}.");

            var choice = new ChatChoice { FinishReason = "stop", Texts = [JsonSerializer.SerializeToElement(content)] };
            return new ProviderResult
            {
                Body = ChatAnswer.Write(answer.RequestId ?? call.AttemptId.ToString(), call.VendorModel, [choice], usage: null, now, answer.Body.Length),
                FinishReason = choice.FinishReason,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = answer.RequestId,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON.");
        }
    }

    private static string? ContentOf(JsonElement root, ProviderCall call) => call.Api switch
    {
        TaskApis.Translation => First(root)?.Text("translation_text"),
        TaskApis.Summarization => First(root)?.Text("summary_text"),
        TaskApis.Classification => LabelOf(root, call),
        _ => Entities(root, call),
    };

    private static JsonElement? First(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Array when root.GetArrayLength() > 0 => First(root[0]),
        JsonValueKind.Object => root,
        _ => null,
    };

    /// <summary>The likeliest label in the words of the configuration. Models list labels best first; older ones in two lists side by side.</summary>
    private static string? LabelOf(JsonElement root, ProviderCall call)
    {
        if (root.Member("labels") is { ValueKind: JsonValueKind.Array } labels && labels.GetArrayLength() > 0)
            return labels[0].GetString();

        var items = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 && root[0].ValueKind == JsonValueKind.Array ? root[0] : root;
        if (items.ValueKind != JsonValueKind.Array)
            return null;

        string? best = null;
        var highest = double.NegativeInfinity;
        foreach (var item in items.EnumerateArray())
            if (item.Text("label") is { } label && item.Member("score") is { ValueKind: JsonValueKind.Number } score && score.GetDouble() > highest)
                (best, highest) = (label, score.GetDouble());
        return best is not null ? call.TaskModel.Labels.GetValueOrDefault(best, best) : null;
    }

    /// <summary>A line for each kind, in the words of the request: <c>people: Ada, Grace</c>.</summary>
    private static string? Entities(JsonElement root, ProviderCall call)
    {
        if (root.ValueKind != JsonValueKind.Array)
            return null;

        var found = new List<(string Group, string Word)>();
        foreach (var entity in root.EnumerateArray())
            if (entity.Text("entity_group") is { } group && entity.Text("word") is { } word)
                found.Add((group, word.Trim()));
        var wanted = TaskInput.Read(call.Body, call.Api!, call.TaskModel, new RequestFaults())?.Kinds ?? [];
        if (wanted is [])
            wanted = [.. found.Select(entity => (call.TaskModel.Labels.GetValueOrDefault(entity.Group, entity.Group), entity.Group)).Distinct()];
        return string.Join('\n', wanted.Select(kind => $"{kind.Word}: {string.Join(", ", found.Where(entity => entity.Group == kind.Group).Select(entity => entity.Word).Distinct())}"));
    }
}

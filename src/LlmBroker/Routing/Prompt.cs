using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmBroker.Routing;

/// <summary>What the router reads of an OpenAI request body.</summary>
/// <param name="Classifier">The text for the classifier.</param>
/// <param name="Tokens">Upper estimate of the prompt's tokens.</param>
/// <param name="MaxOutputTokens">Most tokens that one answer may have, when the body says it.</param>
/// <param name="Answers">How many answers are asked for.</param>
internal readonly record struct Prompt(ClassifierInput Classifier, int Tokens, int? MaxOutputTokens, int Answers = 1)
{
    /// <summary>
    /// UTF-8 bytes per token, on the low side so that the estimate is on the high side: English has about 4, Chinese about 3 to 4
    /// (one token a character), code about 3.
    /// </summary>
    private const int BytesPerToken = 3;

    /// <summary>Most tokens that all answers may have together.</summary>
    /// <param name="modelLimit">Of one answer, where the body has none.</param>
    public long OutputLimit(int modelLimit) => (long)(MaxOutputTokens ?? modelLimit) * Answers;

    public static Prompt Read(JsonElement body, string operation)
    {
        if (operation == RequestOperation.Embeddings)
            return new Prompt(new ClassifierInput(null, "", 1), EstimateTokens(body.GetProperty("input")), 0);

        string? system = null;
        var prompt = "";
        var turns = 0;
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = message.TryGetProperty("role", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (role is "system" or "developer")
            {
                system ??= TextOf(message);
            }
            else if (role == "user")
            {
                prompt = TextOf(message);
                turns++;
            }
        }

        return new Prompt(new ClassifierInput(system, prompt, turns), EstimateTokens(body), ReadMaxOutputTokens(body), ReadInt(body, "n") ?? 1);
    }

    private static string TextOf(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            return "";

        if (content.ValueKind == JsonValueKind.String)
            return content.GetString()!;

        if (content.ValueKind != JsonValueKind.Array)
            return "";

        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var value) && value.ValueKind == JsonValueKind.String)
                text.Append(value.GetString()).Append('\n');
        }

        return text.ToString();
    }

    private static int EstimateTokens(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).Length / BytesPerToken + 1;

    private static int? ReadMaxOutputTokens(JsonElement body) => ReadInt(body, "max_completion_tokens") ?? ReadInt(body, "max_tokens");

    private static int? ReadInt(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0
            ? number
            : null;
}

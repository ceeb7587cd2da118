using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary>
/// The members of an OpenAI chat request, taken one by one by the adapter that can say them to its vendor. What is left over is a fault unless it
/// says what happens anyway: nothing that would change the answer is dropped in silence. A member that is null counts as absent.
/// </summary>
internal sealed class ChatRequest
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);

    public ChatRequest(JsonElement body)
    {
        foreach (var member in body.EnumerateObject())
            if (member.Value.ValueKind != JsonValueKind.Null)
                _members[member.Name] = member.Value;
    }

    /// <summary>The member, which counts as dealt with from now on.</summary>
    public JsonElement? Take(string name) => _members.Remove(name, out var value) ? value : null;

    /// <summary><c>max_completion_tokens</c>, or <c>max_tokens</c> as it was called before.</summary>
    public JsonElement? TakeMaxTokens()
    {
        var older = Take("max_tokens");
        return Take("max_completion_tokens") ?? older;
    }

    /// <summary><c>safety_identifier</c>, or <c>user</c> as it was called before.</summary>
    public JsonElement? TakeUser()
    {
        var older = Take("user");
        return Take("safety_identifier") ?? older;
    }

    /// <summary>Takes the member when it says in so many words what happens anyway; false leaves it where it is.</summary>
    public bool TakeDefault(string name)
    {
        if (!_members.TryGetValue(name, out var value) || !IsDefault(name, value))
            return false;
        _members.Remove(name);
        return true;
    }

    /// <summary>A number above what the vendor takes is refused by name.</summary>
    public JsonElement? TakeUpTo(string name, double most, RequestFaults faults)
    {
        var value = Take(name);
        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var amount) && amount > most)
            faults.Unsupported(name, $"above {most} is not supported by this vendor");
        return value;
    }

    /// <summary>Everything that nobody took must mean nothing.</summary>
    public void RefuseRest(RequestFaults faults)
    {
        foreach (var (name, value) in _members)
            switch (name)
            {
                // Not for this vendor, or only about how OpenAI keeps and caches things: the answer is the same without.
                case "model" or "metadata" or "prompt_cache_key" or "prompt_cache_retention": break;

                // A name for the end user, to tell abuse from abuse; a vendor without a place for it answers the same.
                case "user" or "safety_identifier": break;

                case var _ when IsDefault(name, value): break;

                case "n" or "service_tier" or "verbosity" or "modalities" or "response_format" or "reasoning_effort":
                    faults.Unsupported(name, "has a value that is not supported by this vendor");
                    break;

                default: faults.Unsupported(name); break;
            }
    }

    /// <summary>Said in so many words what happens anyway.</summary>
    private static bool IsDefault(string name, JsonElement value) => name switch
    {
        "n" => IsNumber(value, 1),
        "top_logprobs" or "frequency_penalty" or "presence_penalty" => IsNumber(value, 0),
        "logprobs" or "store" or "stream" => value.ValueKind == JsonValueKind.False,
        "response_format" => value.Member("type")?.Is("text") == true,
        "reasoning_effort" => value.Is("none"),
        "verbosity" => value.Is("medium"),
        "service_tier" => value.Is("auto") || value.Is("default"),
        "modalities" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(modality => modality.Is("text")),
        "logit_bias" => value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 0,
        _ => false,
    };

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var actual) && actual == number;
}

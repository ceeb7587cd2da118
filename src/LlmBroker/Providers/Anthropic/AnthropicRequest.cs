using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmBroker.Providers.Anthropic;

/// <summary>
/// Maps an OpenAI chat request to Anthropic's messages request. Nothing that would change the answer is dropped silently: what cannot be mapped,
/// known or unknown, is a fault that names the member. A member that is null counts as absent.
/// </summary>
internal static class AnthropicRequest
{
    /// <returns>The body; worthless when <paramref name="faults"/> has one.</returns>
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var members = Collect(call.Body, faults);
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(call.Body).Length + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("model"u8, call.VendorModel);

        writer.WritePropertyName("max_tokens"u8);
        if (members.MaxTokens is { } maxTokens)
            WriteRaw(writer, maxTokens);
        else
            writer.WriteNumberValue(call.MaxOutputTokens);

        AnthropicMessages.Write(writer, members.Messages, faults);

        if (members.Temperature is { } temperature)
            WriteRaw(writer, "temperature"u8, temperature);
        if (members.TopP is { } topP)
            WriteRaw(writer, "top_p"u8, topP);
        WriteStop(writer, members.Stop, faults);

        if (members.User is { } user)
        {
            writer.WriteStartObject("metadata"u8);
            WriteRaw(writer, "user_id"u8, user);
            writer.WriteEndObject();
        }

        AnthropicTools.Write(writer, members.Tools, members.ToolChoice, members.ParallelToolCalls, faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    /// <summary>Writes a value as it came.</summary>
    public static void WriteRaw(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    public static void WriteRaw(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement value)
    {
        writer.WritePropertyName(name);
        WriteRaw(writer, value);
    }

    private static Members Collect(JsonElement body, RequestFaults faults)
    {
        var found = new Members();
        JsonElement? maxTokens = null, maxCompletionTokens = null, user = null, safetyIdentifier = null;
        foreach (var member in body.EnumerateObject())
        {
            var value = member.Value;
            if (value.ValueKind == JsonValueKind.Null)
                continue;

            switch (member.Name)
            {
                case "messages": found.Messages = value; break;
                case "max_tokens": maxTokens = value; break;
                case "max_completion_tokens": maxCompletionTokens = value; break;
                case "temperature": found.Temperature = value; break;
                case "top_p": found.TopP = value; break;
                case "stop": found.Stop = value; break;
                case "user": user = value; break;
                case "safety_identifier": safetyIdentifier = value; break;
                case "tools": found.Tools = value; break;
                case "tool_choice": found.ToolChoice = value; break;
                case "parallel_tool_calls": found.ParallelToolCalls = value; break;

                // Not for this vendor, or only about how OpenAI keeps and caches things: the answer is the same without.
                case "model" or "metadata" or "prompt_cache_key": break;

                // Said in so many words what happens anyway.
                case "n" or "top_logprobs" or "frequency_penalty" or "presence_penalty" or "logprobs" or "store" or "stream" or "response_format"
                    or "reasoning_effort" or "verbosity" or "service_tier" or "modalities" or "logit_bias" when IsDefault(member.Name, value): break;

                case "n" or "service_tier" or "verbosity" or "modalities" or "response_format" or "reasoning_effort":
                    faults.Unsupported(member.Name, "has a value that is not supported by this vendor");
                    break;

                default: faults.Unsupported(member.Name); break;
            }
        }

        if (found.Temperature is { ValueKind: JsonValueKind.Number } temperature && temperature.TryGetDouble(out var degrees) && degrees > 1)
            faults.Unsupported("temperature", "above 1 is not supported by this vendor");

        found.MaxTokens = maxCompletionTokens ?? maxTokens;
        found.User = safetyIdentifier ?? user;
        return found;
    }

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

    private static void WriteStop(Utf8JsonWriter writer, JsonElement? stop, RequestFaults faults)
    {
        switch (stop)
        {
            case null: break;
            case { ValueKind: JsonValueKind.String } one:
                writer.WriteStartArray("stop_sequences"u8);
                WriteRaw(writer, one);
                writer.WriteEndArray();
                break;
            case { ValueKind: JsonValueKind.Array } many:
                WriteRaw(writer, "stop_sequences"u8, many);
                break;
            default:
                faults.Invalid("stop", "must be a string or an array of strings");
                break;
        }
    }

    /// <summary>The members that have a counterpart.</summary>
    private struct Members
    {
        public JsonElement? Messages, MaxTokens, Temperature, TopP, Stop, User, Tools, ToolChoice, ParallelToolCalls;
    }
}

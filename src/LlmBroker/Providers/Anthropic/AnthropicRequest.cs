using System.Runtime.InteropServices;
using System.Text.Json;
using LlmBroker.Providers.Chat;

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
        var request = new ChatRequest(call.Body);
        var buffer = new PooledBuffer(JsonMarshal.GetRawUtf8Value(call.Body).Length + 512);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("model"u8, call.VendorModel);
        if (request.TakeMaxTokens() is { } maxTokens)
            writer.WriteRaw("max_tokens"u8, maxTokens);
        else
            writer.WriteNumber("max_tokens"u8, call.MaxOutputTokens);

        AnthropicMessages.Write(writer, ChatMessages.Read(request.Take("messages"), faults), faults);
        writer.WriteRaw("temperature"u8, request.TakeUpTo("temperature", 1, faults));
        writer.WriteRaw("top_p"u8, request.Take("top_p"));
        ChatStop.Write(writer, "stop_sequences"u8, request.Take("stop"), faults);
        if (request.TakeUser() is { } user)
        {
            writer.WriteStartObject("metadata"u8);
            writer.WriteRaw("user_id"u8, user);
            writer.WriteEndObject();
        }

        AnthropicTools.Write(writer, ChatTools.Read(request, faults));
        WriteOutput(writer, request, faults);
        request.RefuseRest(faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    /// <summary>How hard to think and in which form to answer. Effort works without thinking blocks, which OpenAI's messages could not carry back.</summary>
    private static void WriteOutput(Utf8JsonWriter writer, ChatRequest request, RequestFaults faults)
    {
        var effort = request.TakeDefault("reasoning_effort") ? null : request.Take("reasoning_effort");
        var format = ChatFormat.Read(request, faults);
        if (effort is null && format is null)
            return;

        writer.WriteStartObject("output_config"u8);
        if (effort is { } level)
        {
            // The vendor's least is OpenAI's next to least; the other levels have one name.
            if (level.Is("minimal"))
                writer.WriteString("effort"u8, "low"u8);
            else if (level.ValueKind == JsonValueKind.String)
                writer.WriteRaw("effort"u8, level);
            else
                faults.Invalid("reasoning_effort", "must be a string");
        }

        if (format is not null)
        {
            writer.WriteStartObject("format"u8);
            writer.WriteString("type"u8, "json_schema"u8);
            writer.WriteRaw("schema"u8, format.Schema);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmBroker.Routing;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// Reads a line of either shape: <c>{"custom_id","messages":[…]}</c>, whose other members belong to the request too, and OpenAI's batch
/// input <c>{"custom_id","method","url","body"}</c>.
/// </summary>
internal static class InputLineParser
{
    private const string ChatUrl = "/v1/chat/completions";
    private const string EmbeddingsUrl = "/v1/embeddings";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Either a line or what is wrong with it, never both.</summary>
    public static bool TryParse(RawLine raw, [NotNullWhen(true)] out InputLine? line, [NotNullWhen(false)] out InputFault? fault)
    {
        line = null;
        fault = null;
        if (raw.TooLong)
        {
            fault = new InputFault(null, $"is longer than {InputFile.MaxLineBytes / 1024 / 1024} MiB");
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(raw.Bytes);
            (line, fault) = Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            fault = new InputFault(null, $"is no JSON: it breaks off at byte {exception.BytePositionInLine}");
        }
        catch (InvalidOperationException)
        {
            // Thrown on reading half a surrogate pair, which JSON allows and Unicode does not.
            fault = new InputFault(null, "holds an escape that is no Unicode text");
        }

        return line is not null;
    }

    private static (InputLine?, InputFault?) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Fault(null, "is no JSON object");

        if (!root.TryGetProperty("custom_id", out var id) || id.ValueKind != JsonValueKind.String || id.GetString() is not { Length: > 0 } customId)
            return Fault(null, "has no 'custom_id'; it must be a string that is not empty");

        return root.TryGetProperty("url", out var url) || root.TryGetProperty("body", out _) || root.TryGetProperty("method", out _)
            ? ReadBatchLine(root, customId, url)
            : ReadPlainLine(root, customId);
    }

    private static (InputLine?, InputFault?) ReadBatchLine(JsonElement root, string customId, JsonElement url)
    {
        if (root.TryGetProperty("method", out var method) && !(method.ValueKind == JsonValueKind.String && method.ValueEquals("POST")))
            return Fault(customId, "has a 'method' other than POST");

        var operation = url.ValueKind == JsonValueKind.String ? OperationOf(url.GetString()!) : null;
        if (operation is null)
            return Fault(customId, $"has an unknown 'url'; use {ChatUrl} or {EmbeddingsUrl}");

        if (!root.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object)
            return Fault(customId, "has no 'body'; it holds the OpenAI request");

        if (operation == RequestOperation.Chat && !HasMessages(body))
            return Fault(customId, "has no 'body.messages'; at least one message is needed");

        if (operation == RequestOperation.Embeddings && !body.TryGetProperty("input", out _))
            return Fault(customId, "has no 'body.input'");

        return (new InputLine(customId, operation, Copy(body, except: null)), null);
    }

    private static (InputLine?, InputFault?) ReadPlainLine(JsonElement root, string customId) =>
        HasMessages(root)
            ? (new InputLine(customId, RequestOperation.Chat, Copy(root, except: "custom_id")), null)
            : Fault(customId, "has no 'messages'; at least one message is needed");

    private static string? OperationOf(string url) => url switch
    {
        ChatUrl => RequestOperation.Chat,
        EmbeddingsUrl => RequestOperation.Embeddings,
        _ => null,
    };

    private static bool HasMessages(JsonElement body) =>
        body.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0;

    /// <summary>A copy of its own in the form that goes over the wire, so that a line that cannot be written is found here.</summary>
    private static JsonElement Copy(JsonElement body, string? except)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output, WriterOptions))
        {
            writer.WriteStartObject();
            foreach (var member in body.EnumerateObject().Where(member => except is null || !member.NameEquals(except)))
                member.WriteTo(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(output.WrittenSpan);
    }

    private static (InputLine?, InputFault?) Fault(string? customId, string message) => (null, new InputFault(customId, message));
}

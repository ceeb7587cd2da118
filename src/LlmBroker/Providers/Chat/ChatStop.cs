using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary><c>stop</c>: one string or several, for vendors that want an array.</summary>
internal static class ChatStop
{
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement? stop, RequestFaults faults)
    {
        switch (stop)
        {
            case null: break;
            case { ValueKind: JsonValueKind.String } one:
                writer.WriteStartArray(name);
                writer.WriteRaw(one);
                writer.WriteEndArray();
                break;
            case { ValueKind: JsonValueKind.Array } many:
                writer.WriteRaw(name, many);
                break;
            default:
                faults.Invalid("stop", "must be a string or an array of strings");
                break;
        }
    }
}

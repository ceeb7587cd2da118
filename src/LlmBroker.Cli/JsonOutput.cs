using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Cli;

/// <summary>What <c>--json</c> prints: one document on standard output, camelCase, enums by name.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static void Print(object document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, Options));
}

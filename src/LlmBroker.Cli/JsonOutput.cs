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

    private static readonly JsonSerializerOptions OnALine = new(Options) { WriteIndented = false, PropertyNamingPolicy = null };

    /// <summary>For a report whose last line is one object; names as they are written.</summary>
    public static void PrintLine(object document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, OnALine));

    public static void Print(object document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, Options));
}

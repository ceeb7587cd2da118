using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmBroker.Configuration;

/// <summary>Reads the text of <c>llmbroker.json</c> into a tree that keeps the file's order. Comments and trailing commas are allowed.</summary>
internal static class ConfigurationDocument
{
    private static readonly JsonDocumentOptions Syntax = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The tree; where the text has faults, what could be read of it.</summary>
    public static JsonObject Read(string text, ICollection<ConfigurationFinding> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Syntax);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return ReadObject(document.RootElement, "", faults);
            faults.Add(new("", "the document is not a JSON object; wrap it in { }"));
        }
        catch (JsonException exception)
        {
            faults.Add(new("", DescribeSyntax(exception, text)));
        }

        return [];
    }

    private static JsonObject ReadObject(JsonElement element, string path, ICollection<ConfigurationFinding> faults)
    {
        var result = new JsonObject();
        foreach (var member in element.EnumerateObject())
        {
            var memberPath = ConfigurationPath.Of(path, member.Name);
            if (result.ContainsKey(member.Name))
                faults.Add(new(memberPath, "is written twice; remove one of the two"));
            else
                result.Add(member.Name, ReadNode(member.Value, memberPath, faults));
        }

        return result;
    }

    private static JsonNode? ReadNode(JsonElement element, string path, ICollection<ConfigurationFinding> faults) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element, path, faults),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select((item, index) => ReadNode(item, $"{path}[{index}]", faults))]),
        JsonValueKind.Null => null,
        _ => JsonValue.Create(element.Clone()),
    };

    private static string DescribeSyntax(JsonException exception, string text)
    {
        var line = exception.LineNumber ?? 0;
        var lineText = text.Split('\n').ElementAtOrDefault((int)line) ?? "";
        var bytes = Encoding.UTF8.GetBytes(lineText);
        // The reader counts bytes; an editor counts characters.
        var column = Encoding.UTF8.GetCharCount(bytes, 0, (int)Math.Min(exception.BytePositionInLine ?? 0, bytes.Length)) + 1;
        var reason = exception.Message.Split(" LineNumber:", 2)[0];
        return $"line {line + 1}, column {column}: not valid JSON: {reason}";
    }
}

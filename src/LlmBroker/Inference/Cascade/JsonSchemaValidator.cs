using System.Collections.Concurrent;
using System.Text.Json;
using Json.Schema;
using LlmBroker.Configuration;
using LlmBroker.Providers;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// An answer that is not the JSON that was asked for: <c>response_format</c> of type <c>json_object</c> or <c>json_schema</c>, and the arguments of
/// tool calls against their tool's parameters. A schema that cannot be read passes everything.
/// </summary>
internal sealed class JsonSchemaValidator : ICompletionValidator
{
    private const int MostSchemas = 256;

    private readonly ConcurrentDictionary<string, JsonSchema?> schemas = new(StringComparer.Ordinal);

    public string Name => CascadeValidatorNames.JsonSchema;

    public string? FindFault(in CheckedCompletion completion) => FindTextFault(completion) ?? FindCallFault(completion);

    private string? FindTextFault(in CheckedCompletion completion)
    {
        if (completion.Request.Member("response_format") is not { } format)
            return null;
        var schema = format.Member("type")?.Is("json_schema") == true ? format.Member("json_schema")?.Member("schema") : null;
        if (schema is null && format.Member("type")?.Is("json_object") != true)
            return null;

        foreach (var text in completion.Texts())
        {
            if (FindFault(text, schema) is { } fault)
                return fault;
        }

        return null;
    }

    private string? FindCallFault(in CheckedCompletion completion)
    {
        foreach (var message in completion.Messages())
        {
            if (message.Member("tool_calls") is not { ValueKind: JsonValueKind.Array } calls)
                continue;
            foreach (var call in calls.EnumerateArray())
            {
                if (call.Member("function") is { } function && function.Text("arguments") is { } arguments
                    && FindFault(arguments, ParametersOf(completion.Request, function.Text("name"))) is { } fault)
                    return $"call of {function.Text("name")}: {fault}";
            }
        }

        return null;
    }

    private static JsonElement? ParametersOf(JsonElement request, string? name)
    {
        if (request.Member("tools") is not { ValueKind: JsonValueKind.Array } tools)
            return null;
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.Member("function") is { } function && function.Text("name") == name)
                return function.Member("parameters");
        }

        return null;
    }

    private string? FindFault(string json, JsonElement? schema)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return "it is no JSON";
        }

        using (document)
        {
            if (schema is not { ValueKind: JsonValueKind.Object } wanted)
                return document.RootElement.ValueKind == JsonValueKind.Object ? null : "it is no JSON object";
            if (SchemaOf(wanted) is not { } known)
                return null;
            var result = known.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
            return result.IsValid ? null : $"its JSON breaks the schema{Where(result)}";
        }
    }

    private static string Where(EvaluationResults result)
    {
        var first = (result.Details ?? []).FirstOrDefault(detail => detail is { IsValid: false, Errors.Count: > 0 });
        return first is null ? "" : $" at '{first.InstanceLocation}': {first.Errors!.First().Key}";
    }

    private JsonSchema? SchemaOf(JsonElement schema)
    {
        if (schemas.Count >= MostSchemas)
            schemas.Clear();
        return schemas.GetOrAdd(schema.GetRawText(), static text =>
        {
            try
            {
                return JsonSchema.FromText(text);
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException or JsonSchemaException)
            {
                return null;
            }
        });
    }
}

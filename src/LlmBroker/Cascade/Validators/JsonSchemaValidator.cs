using System.Text.Json;
using Json.Schema;
using Json.Schema.Keywords;
using LlmBroker.Providers;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// The answer is the JSON that the request asks for: it parses, and it fits the schema. The same for the arguments of tools.
/// Regular expressions of a schema are not run, since a caller's could take for ever, and <c>format</c> is a remark only; a schema that cannot be
/// read lets everything pass. So what is rejected is wrong by the caller's own words.
/// </summary>
internal sealed class JsonSchemaValidator : ICompletionValidator
{
    private static readonly Dialect WithoutPatterns = Dialect.Draft202012.With([], new Uri("https://llmbroker.invalid/without-patterns"), allowUnknownKeywords: true)
        .Without([PatternKeyword.Instance, PatternPropertiesKeyword.Instance, AdditionalPropertiesKeyword.Instance, UnevaluatedPropertiesKeyword.Instance]);

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.CallsTools)
            return RejectCalls(completion);
        if (!completion.WantsJson)
            return null;

        if (Parse(completion.Text) is not { } answer)
            return "the answer is not JSON";
        var format = completion.Request.GetProperty("response_format");
        if (format.Text("type") == "json_object")
            return answer.ValueKind == JsonValueKind.Object ? null : "the answer is not a JSON object";
        return format.Member("json_schema")?.Member("schema") is { } schema && Mismatch(schema, answer) is { } mismatch ? $"the answer does not fit the schema at {mismatch}" : null;
    }

    private static string? RejectCalls(CheckedCompletion completion)
    {
        if (completion.Request.Member("tools") is not { ValueKind: JsonValueKind.Array } tools)
            return null;

        foreach (var call in completion.Choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray())
        {
            if (call.Member("function") is not { } function || function.Text("name") is not { } name)
                continue;
            var offered = tools.EnumerateArray().Select(tool => tool.Member("function")).FirstOrDefault(tool => tool?.Text("name") == name);
            if (offered is not { } tool)
                return "it calls a tool that was not offered";
            if (Parse(function.Text("arguments") ?? "") is not { } arguments)
                return "the arguments of a tool are not JSON";
            if (tool.Member("parameters") is { } schema && Mismatch(schema, arguments) is { } mismatch)
                return $"the arguments of a tool do not fit its schema at {mismatch}";
        }

        return null;
    }

    /// <summary>Where the value does not fit, as a JSON pointer; null when it does, or when the schema cannot be read.</summary>
    private static string? Mismatch(JsonElement schema, JsonElement value)
    {
        try
        {
            var options = new BuildOptions { SchemaRegistry = new SchemaRegistry(), Dialect = HasPatterns(schema) ? WithoutPatterns : Dialect.Draft202012 };
            var results = JsonSchema.Build(schema, options).Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
            if (results.IsValid)
                return null;
            var failed = results.Details?.FirstOrDefault(detail => detail is { IsValid: false, Errors.Count: > 0 });
            return failed?.InstanceLocation.ToString() is { Length: > 0 } place ? place[..Math.Min(place.Length, 80)] : "its root";
        }
        catch (Exception exception) when (exception is JsonSchemaException or JsonException or InvalidOperationException or ArgumentException or UriFormatException)
        {
            // The vendors have taken it all the same; what it means is theirs to know.
            return null;
        }
    }

    /// <summary>Without its patterns a schema could not say which further members it allows.</summary>
    private static bool HasPatterns(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().Any(member => member.Name is "pattern" or "patternProperties" || HasPatterns(member.Value)),
        JsonValueKind.Array => schema.EnumerateArray().Any(HasPatterns),
        _ => false,
    };

    private static JsonElement? Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

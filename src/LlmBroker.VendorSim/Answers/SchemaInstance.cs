using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmBroker.Simulation.Answers;

/// <summary>
/// Writes a small JSON value that is valid against a schema, of the subset that structured outputs and tool parameters use.
/// Free strings carry the simulation mark.
/// </summary>
internal static class SchemaInstance
{
    // Deeper than any vendor allows; ends schemas that require themselves.
    private const int MaxDepth = 32;

    // Bounds what a caller's minItems and minLength can make us allocate.
    private const int MaxSize = 1_000;

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string CreateAny(string remark) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("simulated", remark);
        writer.WriteEndObject();
    });

    public static string Create(JsonElement? schema, string remark) =>
        schema is { ValueKind: JsonValueKind.Object } root ? Write(writer => WriteValue(writer, root, root, remark, 0)) : "{}";

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonElement schema, JsonElement root, string remark, int depth)
    {
        if (depth > MaxDepth || schema.ValueKind != JsonValueKind.Object)
        {
            writer.WriteNullValue();
            return;
        }

        if (schema.TryGetProperty("const", out var constant))
            constant.WriteTo(writer);
        else if (schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
            values[0].WriteTo(writer);
        else if (schema.TryGetProperty("$ref", out var reference) && reference.ValueKind == JsonValueKind.String)
            WriteValue(writer, Resolve(root, reference), root, remark, depth + 1);
        else if (Alternative(schema) is { } alternative)
            WriteValue(writer, alternative, root, remark, depth + 1);
        else
            WriteTyped(writer, schema, root, remark, depth);
    }

    private static void WriteTyped(Utf8JsonWriter writer, JsonElement schema, JsonElement root, string remark, int depth)
    {
        switch (TypeOf(schema))
        {
            case "object":
                WriteObject(writer, schema, root, remark, depth);
                break;
            case "array":
                writer.WriteStartArray();
                for (var i = Math.Min(MaxSize, Integer(schema, "minItems") ?? 0); i > 0; i--)
                    WriteValue(writer, schema.TryGetProperty("items", out var items) ? items : default, root, remark, depth + 1);
                writer.WriteEndArray();
                break;
            case "string":
                writer.WriteStringValue(Text(schema, remark));
                break;
            case "integer":
                writer.WriteNumberValue((long)Math.Ceiling(Number(schema, step: 1)));
                break;
            case "number":
                writer.WriteNumberValue(Number(schema, step: 0.5));
                break;
            case "boolean":
                writer.WriteBooleanValue(false);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement schema, JsonElement root, string remark, int depth)
    {
        writer.WriteStartObject();
        // allOf is how schemas add up objects; the parts' required properties are all written, each once.
        var written = new HashSet<string>();
        foreach (var part in Parts(schema, root))
        {
            if (!part.TryGetProperty("required", out var required) || required.ValueKind != JsonValueKind.Array)
                continue;
            foreach (var name in required.EnumerateArray().Where(IsText).Select(item => item.GetString()!).Where(written.Add))
            {
                writer.WritePropertyName(name);
                var property = Parts(schema, root)
                    .Select(candidate => Properties(candidate).TryGetProperty(name, out var found) ? found : default)
                    .FirstOrDefault(found => found.ValueKind == JsonValueKind.Object);
                WriteValue(writer, property, root, remark, depth + 1);
            }
        }

        writer.WriteEndObject();
    }

    private static IEnumerable<JsonElement> Parts(JsonElement schema, JsonElement root)
    {
        yield return schema;
        if (!schema.TryGetProperty("allOf", out var parts) || parts.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var part in parts.EnumerateArray().Where(IsObject))
        {
            var target = part.TryGetProperty("$ref", out var reference) && IsText(reference) ? Resolve(root, reference) : part;
            if (IsObject(target))
                yield return target;
        }
    }

    private static JsonElement Properties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) && IsObject(properties) ? properties : Nothing;

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static bool IsObject(JsonElement value) => value.ValueKind == JsonValueKind.Object;

    private static JsonElement? Alternative(JsonElement schema)
    {
        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (!schema.TryGetProperty(keyword, out var options) || options.ValueKind != JsonValueKind.Array || options.GetArrayLength() == 0)
                continue;
            // Null where it is allowed: the smallest instance, and what ends recursive schemas.
            foreach (var option in options.EnumerateArray())
            {
                if (TypeOf(option) == "null")
                    return option;
            }

            return options[0];
        }

        return null;
    }

    private static string TypeOf(JsonElement schema)
    {
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type))
        {
            // Google writes types in capitals, and "nullable" for a type of null.
            if (IsText(type))
                return IsNullable(schema) ? "null" : type.GetString()!.ToLowerInvariant();
            var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Where(IsText).Select(item => item.GetString()!).ToList() : [];
            return types.Contains("null") ? "null" : types.FirstOrDefault("string");
        }

        return schema.ValueKind == JsonValueKind.Object
            && (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("required", out _) || schema.TryGetProperty("allOf", out _))
            ? "object"
            : "string";
    }

    private static bool IsNullable(JsonElement schema) => schema.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True;

    private static string Text(JsonElement schema, string remark)
    {
        if (schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String)
        {
            var example = format.GetString() switch
            {
                "date-time" => "2000-01-01T00:00:00Z",
                "date" => "2000-01-01",
                "time" => "00:00:00Z",
                "duration" => "PT0S",
                "email" => "simulated@example.com",
                "hostname" => "example.com",
                "ipv4" => "192.0.2.1",
                "ipv6" => "2001:db8::1",
                "uri" => "https://example.com/simulated",
                "uuid" => "00000000-0000-4000-8000-000000000000",
                _ => null,
            };
            if (example is not null)
                return example;
        }

        var text = remark;
        if (Integer(schema, "maxLength") is { } longest && text.Length > longest)
            text = text[..Math.Max(0, longest)];
        return Integer(schema, "minLength") is { } shortest ? text.PadRight(Math.Clamp(shortest, 0, MaxSize), '.') : text;
    }

    private static double Number(JsonElement schema, double step)
    {
        var value = Bound(schema, "minimum") ?? Bound(schema, "exclusiveMinimum") + step ?? 0;
        if (Bound(schema, "maximum") is { } maximum && value > maximum)
            value = maximum;
        if (Bound(schema, "exclusiveMaximum") is { } below && value >= below)
            value = below - step;
        return Bound(schema, "multipleOf") is { } factor and > 0 ? Math.Ceiling(value / factor) * factor : value;
    }

    private static double? Bound(JsonElement schema, string name) =>
        !schema.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        // 64-bit numbers in Google's JSON are strings.
        : IsText(value) && double.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var number) ? number
        : null;

    private static int? Integer(JsonElement schema, string name) => (int?)Bound(schema, name);

    private static JsonElement Resolve(JsonElement root, JsonElement reference)
    {
        var path = reference.GetString() ?? "";
        var found = root;
        foreach (var segment in path.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind == JsonValueKind.Array && uint.TryParse(name, CultureInfo.InvariantCulture, out var index) && index < found.GetArrayLength())
                found = found[(int)index];
            else if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
                return default;
        }

        return found;
    }
}

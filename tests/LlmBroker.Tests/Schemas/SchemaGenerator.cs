using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Messaging;

namespace LlmBroker.Tests.Schemas;

/// <summary>Writes the schemas of <c>schemas/</c> from the records that are serialized, described by their XML docs.</summary>
internal static class SchemaGenerator
{
    private static readonly JsonSerializerOptions Printed = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly XmlDocumentation Documentation = new(typeof(BrokerOptions).Assembly, typeof(SubmitInference).Assembly);

    /// <summary>Strings out of a closed set, which C# does not tell.</summary>
    private static readonly Dictionary<string, string[]> Words = new()
    {
        [$"{nameof(ModelOptions)}.{nameof(ModelOptions.Tier)}"] = CatalogValidator.Tiers,
        [$"{nameof(PolicyOptions)}.{nameof(PolicyOptions.CheapTasks)}"] = CatalogValidator.Tasks,
    };

    /// <summary>Closed: what the broker does not know is a fault.</summary>
    public static string Configuration()
    {
        var schema = Export(ConfigurationJson.Options, typeof(BrokerOptions), TransformConfiguration);
        schema["properties"]!.AsObject().Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        return Print(schema);
    }

    /// <summary>Open: contracts grow, and a reader ignores what it does not know.</summary>
    public static string Message(Type type) => Print(Export(WireJsonContext.Default.Options, type, TransformMessage));

    private static JsonObject Export(
        JsonSerializerOptions options, Type type, Func<JsonSchemaExporterContext, JsonObject, JsonObject> transform)
    {
        var exporter = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            // The exporter writes "anything" as true, which cannot hold a description.
            TransformSchemaNode = (context, node) => Describe(context, transform(context, node as JsonObject ?? [])),
        };
        var schema = options.GetJsonSchemaAsNode(type, exporter).AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", type.Name);
        return schema;
    }

    private static JsonObject Describe(JsonSchemaExporterContext context, JsonObject node)
    {
        var property = PropertyOf(context);
        var summary = property is null ? Documentation.SummaryOf(context.TypeInfo.Type) : Documentation.SummaryOf(property);
        if (summary is not null)
            node.Insert(0, "description", summary);
        return node;
    }

    private static JsonObject TransformConfiguration(JsonSchemaExporterContext context, JsonObject node)
    {
        if (node.ContainsKey("properties"))
            node["additionalProperties"] = false;
        if (context.TypeInfo.Type == typeof(TimeSpan))
            node = new JsonObject { ["type"] = "string", ["pattern"] = DurationText.Pattern };
        if (PropertyOf(context) is not { } property)
            return node;

        if (Words.TryGetValue($"{property.DeclaringType!.Name}.{property.Name}", out var words))
            (node["items"]?.AsObject() ?? node)["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]);
        if (DefaultOf(context, property) is { } value)
            node["default"] = value;
        return node;
    }

    private static JsonValue? DefaultOf(JsonSchemaExporterContext context, PropertyInfo property)
    {
        // The defaults of a lane depend on which lane it is; those that are required have none.
        if (property.DeclaringType == typeof(LaneOptions) || context.PropertyInfo!.IsRequired)
            return null;
        var value = property.GetValue(Activator.CreateInstance(property.DeclaringType!));
        return JsonSerializer.SerializeToNode(value, property.PropertyType, ConfigurationJson.Options) as JsonValue;
    }

    private static JsonObject TransformMessage(JsonSchemaExporterContext context, JsonObject node)
    {
        if (PropertyOf(context) is { Name: nameof(SubmitInference.Body) } body)
            node["type"] = body.PropertyType == typeof(JsonElement) ? "object" : new JsonArray("object", "null");
        if (context.TypeInfo.Type.IsEnum)
            node["type"] = "string";
        // Not required of the record, so that its absence is answered with a typed failure instead of being unreadable.
        if (context.TypeInfo.Type == typeof(SubmitInference))
            node["required"] = new JsonArray("body");
        return node;
    }

    private static PropertyInfo? PropertyOf(JsonSchemaExporterContext context) => context.PropertyInfo?.AttributeProvider as PropertyInfo;

    private static string Print(JsonObject schema)
    {
        // The exporter takes any root for nullable.
        schema["type"] = "object";
        return schema.ToJsonString(Printed) + "\n";
    }
}

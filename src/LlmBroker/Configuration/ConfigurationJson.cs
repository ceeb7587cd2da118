using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Configuration;

/// <summary>
/// How the options are written as JSON: names, types and required members of <c>llmbroker.json</c>, of its environment variables and of
/// its schema all come from here. Metadata by reflection, since generated metadata loses the defaults of init-only members.
/// </summary>
internal static class ConfigurationJson
{
    public static JsonSerializerOptions Options { get; } = Create(new DefaultJsonTypeInfoResolver());

    /// <summary>The same without required members, to bind what is left of a document once its faults are known.</summary>
    public static JsonSerializerOptions Lenient { get; } = Create(new DefaultJsonTypeInfoResolver { Modifiers = { RequireNothing } });

    private static JsonSerializerOptions Create(IJsonTypeInfoResolver resolver)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            // A section that sets one member keeps the defaults of the others, also where they differ by place, as with the lanes.
            PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
            Converters = { new DurationConverter() },
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = resolver,
        };
        options.MakeReadOnly();
        return options;
    }

    private static void RequireNothing(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
            member.IsRequired = false;
    }
}

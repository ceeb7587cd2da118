using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Bedrock.BedrockFields;

namespace LlmBroker.Simulation.Bedrock;

internal static partial class ConverseToolsValidator
{
    private const string NamePattern = "[a-zA-Z0-9_-]+";

    public static Refusal? Validate(JsonElement body)
    {
        if (!Has(body, "toolConfig", out var config))
        {
            return UsesTools(body)
                ? BedrockErrors.Invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
                : null;
        }

        if (Object(config, "toolConfig") is { } wrong)
            return wrong;
        if (!Has(config, "tools", out var tools))
            return BedrockErrors.Missing("toolConfig.tools");
        if (List(tools, "toolConfig.tools") is { } noList)
            return noList;
        if (tools.GetArrayLength() == 0)
            return BedrockErrors.Constraint("'[]'", "toolConfig.tools", "Member must have length greater than or equal to 1");

        var names = new HashSet<string>();
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (Tool(tool, $"toolConfig.tools.{index}", names) is { } refusal)
                return refusal;
            index++;
        }

        return Has(config, "toolChoice", out var choice) ? Choice(choice, names) : null;
    }

    private static bool UsesTools(JsonElement body) => body.GetProperty("messages").EnumerateArray()
        .SelectMany(message => message.GetProperty("content").EnumerateArray())
        .Any(block => Has(block, "toolUse", out _) || Has(block, "toolResult", out _));

    private static Refusal? Tool(JsonElement tool, string at, HashSet<string> names)
    {
        if (Union(tool, at, ["toolSpec", "systemTool", "cachePoint"], out var member) is { } wrong)
            return wrong;
        if (member.Name != "toolSpec")
            return Object(member.Value, $"{at}.{member.Name}");
        at = $"{at}.toolSpec";
        var spec = member.Value;
        if ((Object(spec, at) ?? RequiredText(spec, "name", at)) is { } noName)
            return noName;
        var name = spec.GetProperty("name").GetString()!;
        if (name.Length > 64)
            return BedrockErrors.Constraint($"'{name}'", $"{at}.name", "Member must have length less than or equal to 64");
        if (!Name().IsMatch(name))
            return BedrockErrors.Constraint($"'{name}'", $"{at}.name", $"Member must satisfy regular expression pattern: {NamePattern}");
        if (!names.Add(name))
            return BedrockErrors.Invalid($"The toolConfig has duplicate tool names: {name}.");
        if (Has(spec, "description", out var description))
        {
            if (Text(description) is { } noText)
                return noText;
            if (description.GetString()!.Length == 0)
                return BedrockErrors.Constraint("''", $"{at}.description", "Member must have length greater than or equal to 1");
        }

        if (!Has(spec, "inputSchema", out var schema))
            return BedrockErrors.Missing($"{at}.inputSchema");
        if (Union(schema, $"{at}.inputSchema", ["json"], out var json) is { } noSchema)
            return noSchema;
        return json.Value.ValueKind == JsonValueKind.Object && json.Value.TryGetProperty("type", out var type) && type.ToString() == "object"
            ? null
            : BedrockErrors.Invalid($"The value at {at}.inputSchema.json.type must be one of the following: object.");
    }

    private static Refusal? Choice(JsonElement choice, HashSet<string> names)
    {
        const string At = "toolConfig.toolChoice";
        if ((Union(choice, At, ["auto", "any", "tool"], out var member) ?? Object(member.Value, $"{At}.{member.Name}")) is { } wrong)
            return wrong;
        if (member.Name != "tool")
            return null;
        return RequiredText(member.Value, "name", $"{At}.tool")
            ?? (names.Contains(member.Value.GetProperty("name").GetString()!)
                ? null
                : BedrockErrors.Invalid($"The tool {member.Value.GetProperty("name").GetString()} of toolChoice is not among the tools of toolConfig."));
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]+\z")]
    private static partial Regex Name();
}

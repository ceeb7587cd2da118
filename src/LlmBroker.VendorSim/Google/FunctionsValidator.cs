using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

internal static partial class FunctionsValidator
{
    // Google's own tools are let in and never used.
    private static readonly string[] ToolFields =
    [
        "functionDeclarations", "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "googleMaps", "computerUse", "fileSearch",
        "retrieval", "enterpriseWebSearch", "mcpServers",
    ];

    public static Refusal? Validate(JsonElement body)
    {
        var names = new HashSet<string>();
        if (Has(body, "tools", out var tools))
        {
            if (List(tools, "tools") is { } wrong)
                return wrong;
            var index = 0;
            foreach (var tool in tools.EnumerateArray())
            {
                if (Tool(tool, $"tools[{index}]", names) is { } refusal)
                    return refusal;
                index++;
            }
        }

        return Config(body, names);
    }

    private static Refusal? Tool(JsonElement tool, string at, HashSet<string> names)
    {
        if (Message(tool, at, ToolFields) is { } wrong)
            return wrong;
        if (!Has(tool, "functionDeclarations", out var declarations))
            return null;
        if (List(declarations, $"{at}.function_declarations") is { } noList)
            return noList;
        var index = 0;
        foreach (var declaration in declarations.EnumerateArray())
        {
            if (Declaration(declaration, $"{at}.function_declarations[{index}]", names) is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Declaration(JsonElement declaration, string at, HashSet<string> names)
    {
        if (Message(
            declaration, at, "name", "description", "behavior", "parameters", "parametersJsonSchema", "response", "responseJsonSchema") is { } wrong)
            return wrong;
        if ((Text(declaration, "name", at) ?? Text(declaration, "description", at)) is { } noText)
            return noText;
        if (!Has(declaration, "name", out var name) || !Name().IsMatch(name.GetString()!))
        {
            return GoogleErrors.Check(
                "GenerateContentRequest", $"{at}.name",
                "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), "
                + "dots (.), colons (:), or dashes (-), with a maximum length of 64.");
        }

        if (!names.Add(name.GetString()!))
            return GoogleErrors.Invalid($"Duplicate function declaration found: {name.GetString()}");
        var hasParameters = Has(declaration, "parameters", out var parameters);
        if (hasParameters && Has(declaration, "parametersJsonSchema", out _))
            return GoogleErrors.Invalid($"{at}: parameters and parameters_json_schema are mutually exclusive.");
        return hasParameters ? SchemaValidator.Validate(parameters, $"{at}.parameters") : null;
    }

    private static Refusal? Config(JsonElement body, HashSet<string> names)
    {
        const string At = "tool_config";
        if (!Has(body, "toolConfig", out var config))
            return null;
        if (Message(config, At, "functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations") is { } wrong)
            return wrong;
        if (!Has(config, "functionCallingConfig", out var calling))
            return null;
        const string Calling = $"{At}.function_calling_config";
        if ((Message(calling, Calling, "mode", "allowedFunctionNames", "streamFunctionCallArguments")
            ?? Choice(calling, "mode", Calling, "FunctionCallingConfig.Mode", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED")) is { } refusal)
            return refusal;
        var mode = Has(calling, "mode", out var value) ? value.GetString() : "AUTO";
        if (mode == "ANY" && names.Count == 0)
            return GoogleErrors.Invalid("Function calling config is set without function_declarations.");
        if (!Has(calling, "allowedFunctionNames", out var allowed))
            return null;
        if (List(allowed, $"{Calling}.allowed_function_names") is { } noList)
            return noList;
        if (allowed.GetArrayLength() > 0 && mode is not ("ANY" or "VALIDATED"))
            return GoogleErrors.Invalid("allowed_function_names should only be set when the function calling mode is ANY or VALIDATED.");
        return allowed.EnumerateArray().FirstOrDefault(name => name.ValueKind != JsonValueKind.String || !names.Contains(name.GetString()!)) is
            { ValueKind: not JsonValueKind.Undefined } stray
            ? GoogleErrors.Invalid($"allowed_function_names contains {stray.GetRawText()}, which is not among the function declarations.")
            : null;
    }

    [GeneratedRegex(@"\A[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\z")]
    private static partial Regex Name();
}

using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

internal static class ResponseInputValidator
{
    private static readonly string[] Roles = ["assistant", "system", "developer", "user"];
    private static readonly string[] ItemTypes = ["message", "function_call", "function_call_output", "reasoning", "item_reference"];
    private static readonly string[] InputParts = ["input_text", "input_image", "input_file"];
    private static readonly string[] OutputParts = ["output_text", "refusal"];

    public static Refusal? Validate(JsonElement body)
    {
        if (!Has(body, "input", out var input))
            return OpenAiErrors.Missing("input");
        if (input.ValueKind == JsonValueKind.String)
            return null;
        if (input.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("input", "one of a string or array of input items", Describe(input));
        if (input.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray("input");

        var open = new HashSet<string>();
        var index = 0;
        foreach (var item in input.EnumerateArray())
        {
            if (Item(item, $"input[{index}]", open) is { } refusal)
                return refusal;
            index++;
        }

        return open.Count > 0
            ? new Refusal(400, "invalid_request_error", $"No tool output found for function call {open.First()}.", "input")
            : null;
    }

    /// <summary>Whether instructions or texts have the word, in any case.</summary>
    public static bool Mention(JsonElement body, string word)
    {
        var input = body.GetProperty("input");
        return (Has(body, "instructions", out var instructions) && Mentions(instructions, word))
            || (input.ValueKind == JsonValueKind.String
                ? Mentions(input, word)
                : input.EnumerateArray().Any(item => Has(item, "content", out var content) && Mentions(content, word)));
    }

    private static bool Mentions(JsonElement content, string word) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!.Contains(word, StringComparison.OrdinalIgnoreCase),
        JsonValueKind.Array => content.EnumerateArray().Any(part => part.TryGetProperty("text", out var text) && Mentions(text, word)),
        _ => false,
    };

    /// <param name="open">Calls without an output so far.</param>
    private static Refusal? Item(JsonElement item, string at, HashSet<string> open)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(item));
        var type = Has(item, "type", out var value) ? value.ToString() : "message";
        switch (type)
        {
            case "message":
                return Message(item, at);
            case "function_call":
                var wrong = OnlyKnown(item, at, "type", "id", "call_id", "name", "arguments", "status", "namespace", "caller")
                    ?? RequiredText(item, at, "call_id")
                    ?? RequiredText(item, at, "name")
                    ?? RequiredText(item, at, "arguments");
                if (wrong is null)
                    open.Add(item.GetProperty("call_id").GetString()!);
                return wrong;
            case "function_call_output":
                return OnlyKnown(item, at, "type", "id", "call_id", "output", "status", "name", "namespace", "caller")
                    ?? RequiredText(item, at, "call_id")
                    ?? Output(item, at)
                    ?? (open.Remove(item.GetProperty("call_id").GetString()!)
                        ? null
                        : new Refusal(
                            400, "invalid_request_error",
                            $"No tool call found for function call output with call_id {item.GetProperty("call_id").GetString()}.", "input"));
            case "reasoning":
                return RequiredText(item, at, "id") ?? (Has(item, "summary", out _) ? null : OpenAiErrors.Missing($"{at}.summary"));
            case "item_reference":
                return RequiredText(item, at, "id")
                    ?? new Refusal(404, "invalid_request_error", $"Item with id '{item.GetProperty("id").GetString()}' not found.", "input");
            default:
                return OpenAiErrors.WrongValue($"{at}.type", type, List(ItemTypes));
        }
    }

    private static Refusal? Message(JsonElement message, string at)
    {
        if (OnlyKnown(message, at, "type", "role", "content", "id", "status", "phase") is { } unknown)
            return unknown;
        if (RequiredText(message, at, "role") is { } noRole)
            return noRole;
        var role = message.GetProperty("role").GetString()!;
        if (!Roles.Contains(role))
            return OpenAiErrors.WrongValue($"{at}.role", role, List(Roles));
        if (!Has(message, "content", out var content))
            return OpenAiErrors.Missing($"{at}.content");
        if (content.ValueKind == JsonValueKind.String)
            return null;
        return content.ValueKind == JsonValueKind.Array
            ? Parts(content, $"{at}.content", role == "assistant" ? OutputParts : InputParts)
            : OpenAiErrors.WrongType($"{at}.content", "one of a string or array of content parts", Describe(content));
    }

    private static Refusal? Output(JsonElement item, string at)
    {
        if (!Has(item, "output", out var output))
            return OpenAiErrors.Missing($"{at}.output");
        if (output.ValueKind == JsonValueKind.String)
            return null;
        return output.ValueKind == JsonValueKind.Array
            ? Parts(output, $"{at}.output", InputParts)
            : OpenAiErrors.WrongType($"{at}.output", "one of a string or array of content parts", Describe(output));
    }

    private static Refusal? Parts(JsonElement parts, string at, string[] types)
    {
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            if (Part(part, $"{at}[{index}]", types) is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Part(JsonElement part, string at, string[] types)
    {
        if (part.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType(at, "an object", Describe(part));
        if (!Has(part, "type", out var type))
            return OpenAiErrors.Missing($"{at}.type");
        if (!types.Contains(type.ToString()))
            return OpenAiErrors.WrongValue($"{at}.type", type.ToString(), List(types));
        switch (type.GetString())
        {
            case "input_text" or "output_text":
                return RequiredText(part, at, "text");
            case "refusal":
                return RequiredText(part, at, "refusal");
            case "input_image":
                if (Has(part, "file_id", out _))
                    return null;
                return RequiredText(part, at, "image_url") ?? ImageUrl.Check(part.GetProperty("image_url").GetString()!, $"{at}.image_url");
            default:
                return null;
        }
    }

    private static Refusal? RequiredText(JsonElement item, string at, string name)
    {
        if (!Has(item, name, out var value))
            return OpenAiErrors.Missing($"{at}.{name}");
        return value.ValueKind == JsonValueKind.String ? null : OpenAiErrors.WrongType($"{at}.{name}", "a string", Describe(value));
    }
}

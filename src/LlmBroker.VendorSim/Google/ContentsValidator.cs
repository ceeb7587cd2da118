using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

internal static class ContentsValidator
{
    private const int MaxInlineLength = 20 * 1024 * 1024;

    private static readonly string[] PartFields =
    [
        "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult", "thought", "thoughtSignature",
        "videoMetadata", "mediaResolution", "partMetadata",
    ];

    private static readonly string[] Payloads =
        ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"];

    private static readonly string[] ImageTypes = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/heic", "image/heif"];

    private static readonly string[] OtherTypes = ["application/pdf", "text/", "audio/", "video/"];

    public static Refusal? Validate(JsonElement body)
    {
        if (Has(body, "systemInstruction", out var system) && Content(system, "system_instruction", isSystem: true) is { } noSystem)
            return noSystem;
        if (!Has(body, "contents", out var contents) || (contents.ValueKind == JsonValueKind.Array && contents.GetArrayLength() == 0))
            return GoogleErrors.Check("GenerateContentRequest", "contents", "contents is not specified");
        if (List(contents, "contents") is { } wrong)
            return wrong;

        // Calls of the model's last turn, which the next turn has to answer.
        var open = 0;
        var index = 0;
        foreach (var content in contents.EnumerateArray())
        {
            if (Content(content, $"contents[{index}]", isSystem: false) is { } refusal)
                return refusal;
            var responses = Count(content, "functionResponse");
            if (open != responses)
            {
                return GoogleErrors.Invalid(
                    "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.");
            }

            open = Count(content, "functionCall");
            if (open > 0 && index == 0)
                return GoogleErrors.Invalid("Please ensure that function call turn comes immediately after a user turn or after a function response turn.");
            index++;
        }

        return open > 0
            ? GoogleErrors.Invalid(
                "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.")
            : null;
    }

    public static Refusal? Content(JsonElement content, string at, bool isSystem)
    {
        if (Message(content, at, "role", "parts") is { } wrong)
            return wrong;
        if (Text(content, "role", at) is { } noText)
            return noText;
        // The role of a system instruction is not looked at.
        if (!isSystem && Has(content, "role", out var role) && role.GetString() is not ("user" or "model" or "function"))
            return GoogleErrors.Invalid("Please use a valid role: user, model.");
        if (!Has(content, "parts", out var parts))
            return isSystem ? null : EmptyParts(at);
        if (List(parts, $"{at}.parts") is { } noList)
            return noList;
        if (parts.GetArrayLength() == 0)
            return EmptyParts(at);
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            if (Part(part, $"{at}.parts[{index}]") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal EmptyParts(string at) => GoogleErrors.Check("GenerateContentRequest", $"{at}.parts", "contents.parts must not be empty.");

    private static Refusal? Part(JsonElement part, string at)
    {
        if (Message(part, at, PartFields) is { } wrong)
            return wrong;
        var payloads = Payloads.Where(name => Has(part, name, out _)).ToList();
        if (payloads.Count == 0)
            return GoogleErrors.Check("GenerateContentRequest", $"{at}.data", "required oneof field 'data' must have one initialized field");
        if (payloads.Count > 1)
            return GoogleErrors.InvalidValue(at, "oneof", $"oneof field 'data' is already set. Cannot set '{payloads[1]}'");
        return payloads[0] switch
        {
            "text" => Text(part, "text", at),
            "inlineData" => InlineData(part, at),
            "functionCall" => Function(part, "functionCall", Path(at, "functionCall"), "args", "id", "name", "args"),
            "functionResponse" => Function(
                part, "functionResponse", Path(at, "functionResponse"), "response", "id", "name", "response", "parts", "willContinue", "scheduling"),
            "fileData" => FileData(part, at),
            _ => null,
        };
    }

    private static Refusal? Function(JsonElement part, string name, string at, string arguments, params string[] known)
    {
        Has(part, name, out var function);
        if (Message(function, at, known) is { } wrong)
            return wrong;
        if ((Text(function, "name", at) ?? Text(function, "id", at)) is { } noText)
            return noText;
        if (!Has(function, "name", out var named) || named.GetString()!.Length == 0)
            return GoogleErrors.Check("GenerateContentRequest", $"{at}.name", "Name cannot be empty.");
        if (!Has(function, arguments, out var value))
            return arguments == "response" ? GoogleErrors.Check("GenerateContentRequest", $"{at}.response", "response must be set.") : null;
        return value.ValueKind == JsonValueKind.Object
            ? null
            : GoogleErrors.InvalidValue(Path(at, arguments), "type.googleapis.com/google.protobuf.Struct", value.GetRawText());
    }

    private static Refusal? FileData(JsonElement part, string at)
    {
        Has(part, "fileData", out var file);
        at = Path(at, "fileData");
        return Message(file, at, "mimeType", "fileUri", "displayName")
            ?? Text(file, "mimeType", at)
            ?? Text(file, "fileUri", at)
            ?? (Has(file, "fileUri", out _) ? null : GoogleErrors.Check("GenerateContentRequest", $"{at}.file_uri", "file_uri must be set."));
    }

    private static Refusal? InlineData(JsonElement part, string at)
    {
        Has(part, "inlineData", out var inline);
        at = Path(at, "inlineData");
        if ((Message(inline, at, "mimeType", "data", "displayName") ?? Text(inline, "mimeType", at) ?? Text(inline, "data", at)) is { } wrong)
            return wrong;
        var type = Has(inline, "mimeType", out var mimeType) ? mimeType.GetString()! : "";
        var isImage = ImageTypes.Contains(type);
        if (!isImage && !OtherTypes.Any(known => type.StartsWith(known, StringComparison.Ordinal)))
            return GoogleErrors.Invalid($"Unsupported MIME type: {type}");
        if (!Has(inline, "data", out var data) || ImageBytes.FromBase64(data.GetString()) is not { } bytes)
            return GoogleErrors.InvalidValue($"{at}.data", "TYPE_BYTES", "Base64 decoding failed");
        if (bytes.Length > MaxInlineLength)
            return GoogleErrors.TooLarge();
        // Two of the formats have no signature that is looked for here.
        return !isImage || type is "image/heic" or "image/heif" || ImageBytes.Format(bytes) is not null
            ? null
            : GoogleErrors.Invalid("Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting");
    }

    private static int Count(JsonElement content, string name) =>
        Has(content, "parts", out var parts) ? parts.EnumerateArray().Count(part => Has(part, name, out _)) : 0;
}

using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Bedrock.BedrockFields;

namespace LlmBroker.Simulation.Bedrock;

internal static class ConverseMessagesValidator
{
    // "You can include up to 20 images. Each image's size, height, and width must be no more than 3.75 MB, 8000 px, and 8000 px" (API reference of Message).
    private const int MaxImages = 20;
    private const int MaxImageLength = 3_932_160;

    private static readonly string[] Blocks =
    [
        "text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "cachePoint", "reasoningContent", "citationsContent",
        "searchResult", "toolAddition", "toolRemoval",
    ];

    private static readonly string[] ResultBlocks = ["json", "text", "image", "document", "video", "searchResult"];

    public static Refusal? Validate(JsonElement body)
    {
        if (!Has(body, "messages", out var messages))
            return BedrockErrors.Missing("messages");
        if (List(messages, "messages") is { } wrong)
            return wrong;
        if (messages.GetArrayLength() == 0)
            return BedrockErrors.Invalid("A conversation must start with a user message. Try again with a conversation that starts with a user message.");

        string? before = null;
        HashSet<string> open = [];
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            if (Message(message, $"messages.{index}") is { } refusal)
                return refusal;
            var role = message.GetProperty("role").GetString()!;
            if (Order(role, before) is { } disorder)
                return disorder;
            if (Results(message, index, open) is { } mismatch)
                return mismatch;
            open = Members(message, "toolUse", "toolUseId");
            before = role;
            index++;
        }

        return open.Count > 0 ? MissingResults(index, open) : null;
    }

    private static Refusal? Order(string role, string? before)
    {
        if (before is null && role != "user")
            return BedrockErrors.Invalid("A conversation must start with a user message. Try again with a conversation that starts with a user message.");
        return role == before
            ? BedrockErrors.Invalid(
                "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and "
                + "try again.")
            : null;
    }

    private static Refusal? Message(JsonElement message, string at)
    {
        if ((Object(message, at) ?? RequiredText(message, "role", at)) is { } wrong)
            return wrong;
        if (Choice(message.GetProperty("role"), $"{at}.role", "user", "assistant") is { } unknown)
            return unknown;
        if (!Has(message, "content", out var content))
            return BedrockErrors.Missing($"{at}.content");
        if (List(content, $"{at}.content") is { } noList)
            return noList;
        if (content.GetArrayLength() == 0)
        {
            return BedrockErrors.Invalid(
                $"The content field in the Message object at {at} is empty. Add a ContentBlock object to the content field and try again.");
        }

        var images = 0;
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            if (Block(block, $"{at}.content.{index}", Blocks) is { } refusal)
                return refusal;
            images += Has(block, "image", out _) ? 1 : 0;
            index++;
        }

        return images > MaxImages ? BedrockErrors.Invalid($"too many images in request: {images} > {MaxImages}") : null;
    }

    private static Refusal? Block(JsonElement block, string at, string[] members)
    {
        if (Union(block, at, members, out var member) is { } wrong)
            return wrong;
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "text":
                return Text(value) ?? (string.IsNullOrWhiteSpace(value.GetString())
                    ? BedrockErrors.Invalid($"The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again.")
                    : null);
            case "json":
                return null;
            case "image":
                return Image(value, $"{at}.image");
            case "toolUse":
                return Object(value, $"{at}.toolUse")
                    ?? RequiredText(value, "toolUseId", $"{at}.toolUse")
                    ?? RequiredText(value, "name", $"{at}.toolUse")
                    ?? (!Has(value, "input", out var input) ? BedrockErrors.Missing($"{at}.toolUse.input")
                        : input.ValueKind == JsonValueKind.Object ? null
                        : BedrockErrors.Invalid(
                            $"The format of the value at {at}.toolUse.input is invalid. Provide a json object for the field and try again."));
            case "toolResult":
                return ToolResult(value, $"{at}.toolResult");
            default:
                return Object(value, $"{at}.{name}");
        }
    }

    private static Refusal? ToolResult(JsonElement result, string at)
    {
        if ((Object(result, at) ?? RequiredText(result, "toolUseId", at)) is { } wrong)
            return wrong;
        if (Has(result, "status", out var status) && Choice(status, $"{at}.status", "success", "error") is { } unknown)
            return unknown;
        if (!Has(result, "content", out var content))
            return BedrockErrors.Missing($"{at}.content");
        if (List(content, $"{at}.content") is { } noList)
            return noList;
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            if (Block(block, $"{at}.content.{index}", ResultBlocks) is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Image(JsonElement image, string at)
    {
        if ((Object(image, at) ?? RequiredText(image, "format", at)) is { } wrong)
            return wrong;
        var format = image.GetProperty("format");
        if (Choice(format, $"{at}.format", "gif", "jpeg", "png", "webp") is { } unknown)
            return unknown;
        if (!Has(image, "source", out var source))
            return BedrockErrors.Missing($"{at}.source");
        if (Union(source, $"{at}.source", ["bytes", "s3Location"], out var member) is { } noSource)
            return noSource;
        if (member.Name == "s3Location")
            return Object(member.Value, $"{at}.source.s3Location");
        if (Text(member.Value) is { } noText)
            return noText;
        if (ImageBytes.FromBase64(member.Value.GetString()) is not { } bytes)
            return BedrockErrors.Serialization("STRING_VALUE can not be converted to a Blob: it is not base64");
        if (bytes.Length > MaxImageLength)
            return BedrockErrors.Invalid($"The image at {at} is too large: {bytes.Length} bytes > {MaxImageLength} bytes.");
        var actual = ImageBytes.Format(bytes);
        return actual is not null && format.ValueEquals(actual)
            ? null
            : BedrockErrors.Invalid(
                $"The model returned the following errors: {at}.source.bytes: The image was specified using the image/{format} media type, but the image "
                + $"appears to be {(actual is null ? "no image that can be processed" : $"a image/{actual} image")}");
    }

    private static Refusal? Results(JsonElement message, int index, HashSet<string> open)
    {
        var results = Members(message, "toolResult", "toolUseId");
        if (results.FirstOrDefault(id => !open.Contains(id)) is { } stray)
        {
            return BedrockErrors.Invalid(
                $"The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of previous turn. ({stray})");
        }

        open.ExceptWith(results);
        return open.Count > 0 ? MissingResults(index, open) : null;
    }

    private static Refusal MissingResults(int index, HashSet<string> open) =>
        BedrockErrors.Invalid($"Expected toolResult blocks at messages.{index}.content for the following Ids: {string.Join(", ", open)}");

    private static HashSet<string> Members(JsonElement message, string member, string id) =>
        [.. message.GetProperty("content").EnumerateArray()
            .Where(block => Has(block, member, out _))
            .Select(block => block.GetProperty(member).GetProperty(id).GetString()!)];
}

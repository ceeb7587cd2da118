using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.Anthropic;

/// <summary>What the versions of the API allow; the header <c>anthropic-version</c> chooses one (platform.claude.com/docs/en/api/versioning).</summary>
internal static class ApiVersion
{
    public const string Header = "anthropic-version";
    private const string Latest = "2026-10-21";

    private static readonly string[] All = ["2023-01-01", "2023-06-01", Latest];

    public static Refusal? Check(HttpRequest request)
    {
        var version = request.Headers[Header].ToString();
        if (version.Length == 0)
            return AnthropicErrors.Invalid("anthropic-version: header is required");
        return All.Contains(version) ? null : AnthropicErrors.Invalid($"anthropic-version: \"{version}\" is not a valid version");
    }

    /// <summary>What is valid in itself, but no more in the version asked for.</summary>
    public static Refusal? Validate(VendorRequest call)
    {
        if (call.Http.Headers[Header].ToString() != Latest)
            return null;
        foreach (var sampling in (ReadOnlySpan<string>)["temperature", "top_p", "top_k"])
        {
            if (call.Body.TryGetProperty(sampling, out _))
                return AnthropicErrors.Extra(sampling);
        }

        var index = 0;
        foreach (var message in call.Body.GetProperty("messages").EnumerateArray())
        {
            var content = message.GetProperty("content");
            var role = message.GetProperty("role").GetString()!;
            if (content.ValueKind == JsonValueKind.Array && Blocks(content, role, $"messages.{index}.content") is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Blocks(JsonElement content, string role, string at)
    {
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var type = block.GetProperty("type").GetString();
            if (role == "assistant" && type == "document")
                return AnthropicErrors.Invalid($"{at}.{index}: `document` blocks are not permitted within assistant messages");
            if (role == "user" && type == "text" && block.TryGetProperty("citations", out var citations)
                && citations.ValueKind == JsonValueKind.Array && citations.GetArrayLength() > 0)
                return AnthropicErrors.Extra($"{at}.{index}.text.citations");
            index++;
        }

        return null;
    }
}

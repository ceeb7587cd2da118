using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Anthropic;

/// <summary><c>POST /v1/messages</c>.</summary>
internal sealed class MessagesOperation : IVendorOperation
{
    // About what a picture of a megapixel costs.
    private const int TokensPerImage = 1_334;

    public static MessagesOperation Instance { get; } = new();

    public IVendorProtocol Protocol => AnthropicProtocol.Instance;

    public Refusal? Validate(JsonElement body) => MessagesRequestValidator.Validate(body);

    public ModelRequest Read(JsonElement body) => new()
    {
        Model = body.GetProperty("model").GetString()!,
        Prompt = ReadPrompt(body),
        Form = ReadForm(body),
        MaxOutputTokens = body.GetProperty("max_tokens").GetInt32(),
        StopSequences = body.TryGetProperty("stop_sequences", out var stop) ? [.. stop.EnumerateArray().Select(item => item.GetString()!)] : [],
    };

    public Refusal? Validate(SimulatedModel model, ModelRequest request)
    {
        var output = request.MaxOutputTokens!.Value;
        if (output > model.MaxOutputTokens)
            return AnthropicErrors.TooManyOutputTokens(output, model.MaxOutputTokens, model.Name);
        if (request.Prompt.Tokens > model.ContextWindow)
            return AnthropicErrors.PromptTooLong(request.Prompt.Tokens, model.ContextWindow);
        return request.Prompt.Tokens + (long)output > model.ContextWindow
            ? AnthropicErrors.ContextExceeded(request.Prompt.Tokens, output, model.ContextWindow)
            : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var generation = context.Generation;
        var choice = generation.Choices[0];
        ContentBlock block = choice.ToolName is null
            ? new TextBlock(choice.Text)
            : new ToolUseBlock($"toolu_{context.Id[..24]}", choice.ToolName, JsonElement.Parse(choice.Text));
        var message = new Message(
            $"msg_{context.Id[..24]}", "message", "assistant", context.Model.Name, [block],
            AnthropicProtocol.Instance.FinishReason(choice.Finish), choice.StopSequence,
            new MessageUsage(generation.InputTokens - generation.CachedTokens, 0, generation.CachedTokens, generation.OutputTokens, "standard"));
        return JsonSerializer.SerializeToUtf8Bytes(message, AnthropicJson.Wire.Message);
    }

    private static AnswerForm ReadForm(JsonElement body)
    {
        if (body.TryGetProperty("tool_choice", out var choice) && choice.GetProperty("type").GetString() is "any" or "tool")
            return RequiredTool(body.GetProperty("tools"), choice);
        return body.TryGetProperty("output_config", out var config)
            && config.TryGetProperty("format", out var format)
            && format.ValueKind == JsonValueKind.Object
            ? new AnswerForm.SchemaJson(format.GetProperty("schema"))
            : AnswerForm.Prose.Instance;
    }

    private static AnswerForm.ToolCall RequiredTool(JsonElement tools, JsonElement choice)
    {
        var isChosen = choice.TryGetProperty("name", out var name);
        var tool = isChosen ? tools.EnumerateArray().First(candidate => candidate.GetProperty("name").ValueEquals(name.GetString())) : tools[0];
        return new AnswerForm.ToolCall(tool.GetProperty("name").GetString()!, tool.TryGetProperty("input_schema", out var schema) ? schema : null, isChosen);
    }

    private static Prompt ReadPrompt(JsonElement body)
    {
        var prompt = new PromptBuilder();
        if (body.TryGetProperty("system", out var system))
        {
            prompt.BeginMessage("system");
            ReadContent(prompt, system);
            prompt.EndMessage();
        }

        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            prompt.BeginMessage(message.GetProperty("role").GetString()!);
            ReadContent(prompt, message.GetProperty("content"));
            prompt.EndMessage();
        }

        if (body.TryGetProperty("tools", out var tools))
            prompt.AddTokens(TokenCounter.Count(tools.GetRawText()));
        return prompt.Build();
    }

    private static void ReadContent(PromptBuilder prompt, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            prompt.Add(content.GetString());
            return;
        }

        foreach (var block in content.EnumerateArray())
        {
            switch (block.GetProperty("type").GetString())
            {
                case "text":
                    prompt.Add(block.GetProperty("text").GetString());
                    break;
                case "image" or "document":
                    prompt.AddTokens(TokensPerImage);
                    break;
                default:
                    prompt.Add(block.GetRawText());
                    break;
            }
        }
    }
}

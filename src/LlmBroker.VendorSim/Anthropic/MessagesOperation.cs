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

    public string? NamedModel(VendorRequest call) => call.ModelInBody;

    public Refusal? Validate(VendorRequest call) => MessagesRequestValidator.Validate(call.Body) ?? ApiVersion.Validate(call);

    public ModelRequest Read(VendorRequest call)
    {
        var body = call.Body;
        var prompt = ReadPrompt(body);
        return new ModelRequest
        {
            Model = call.ModelInBody!,
            Prompt = prompt,
            Form = ReadTools(body, prompt) ?? ReadFormat(body),
            MaxOutputTokens = body.GetProperty("max_tokens").GetInt32(),
            StopSequences = body.TryGetProperty("stop_sequences", out var stop) ? [.. stop.EnumerateArray().Select(item => item.GetString()!)] : [],
            IsReasoningOff = !(body.TryGetProperty("thinking", out var thinking) && !thinking.GetProperty("type").ValueEquals("disabled")),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
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
        var message = new Message(
            $"msg_{context.Id[..24]}", "message", "assistant", context.Model.Name, [.. Content(context, choice)],
            AnthropicProtocol.Instance.FinishReason(choice.Finish), choice.StopSequence,
            new MessageUsage(
                generation.PlainInputTokens, generation.CacheWriteTokens, generation.CachedTokens,
                new CacheCreation(generation.CacheWriteTokens, 0), generation.OutputTokens,
                new OutputTokensDetails(generation.ReasoningTokens), "standard"))
        {
            StopDetails = choice.Finish == FinishReason.Filtered ? new StopDetails("refusal", "general_harms", null) : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(message, AnthropicJson.Wire.Message);
    }

    private static IEnumerable<ContentBlock> Content(AnswerContext context, GeneratedChoice choice)
    {
        if (context.Generation.ReasoningTokens > 0)
            yield return new ThinkingBlock($"[simulated {context.Model.Name}] thinking", Convert.ToBase64String(Convert.FromHexString(context.Id)));
        var number = 0;
        foreach (var call in choice.ToolCalls)
        {
            yield return new ToolUseBlock($"toolu_{context.Id[..20]}{number:x4}", call.Name, JsonElement.Parse(call.Arguments));
            number++;
        }

        if (choice.ToolCalls.Count == 0 && choice.Text.Length > 0)
            yield return new TextBlock(choice.Text);
    }

    private static AnswerForm.ToolCalls? ReadTools(JsonElement body, Prompt prompt)
    {
        if (!body.TryGetProperty("tools", out var tools))
            return null;
        var offered = tools.EnumerateArray().Select(tool => new OfferedTool(
            tool.GetProperty("name").GetString()!, tool.TryGetProperty("input_schema", out var schema) ? schema : null));
        if (!body.TryGetProperty("tool_choice", out var wanted))
            return ToolUse.Decide(offered, ToolChoice.Auto, null, isParallel: true, prompt);
        var choice = wanted.GetProperty("type").GetString() switch
        {
            "any" => ToolChoice.Required,
            "tool" => ToolChoice.Named,
            "none" => ToolChoice.None,
            _ => ToolChoice.Auto,
        };
        var isParallel = !(wanted.TryGetProperty("disable_parallel_tool_use", out var disabled) && disabled.GetBoolean());
        return ToolUse.Decide(offered, choice, wanted.TryGetProperty("name", out var name) ? name.GetString() : null, isParallel, prompt);
    }

    private static AnswerForm ReadFormat(JsonElement body) =>
        body.TryGetProperty("output_config", out var config)
        && config.TryGetProperty("format", out var format)
        && format.ValueKind == JsonValueKind.Object
            ? new AnswerForm.SchemaJson(format.GetProperty("schema"))
            : AnswerForm.Prose.Instance;

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
            var content = message.GetProperty("content");
            prompt.BeginMessage(HoldsToolResults(content) ? "tool" : message.GetProperty("role").GetString()!);
            ReadContent(prompt, content);
            prompt.EndMessage();
        }

        if (body.TryGetProperty("tools", out var tools))
            prompt.AddTokens(TokenCounter.Count(tools.GetRawText()));
        return prompt.Build();
    }

    private static bool HoldsToolResults(JsonElement content) =>
        content.ValueKind == JsonValueKind.Array && content.EnumerateArray().Any(block => block.GetProperty("type").ValueEquals("tool_result"));

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

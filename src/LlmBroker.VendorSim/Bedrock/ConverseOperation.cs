using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Bedrock.BedrockFields;

namespace LlmBroker.Simulation.Bedrock;

/// <summary><c>POST /model/{modelId}/converse</c>.</summary>
internal sealed class ConverseOperation : IVendorOperation
{
    private const int TokensPerImage = 1_334;

    public static ConverseOperation Instance { get; } = new();

    public IVendorProtocol Protocol => BedrockProtocol.Instance;

    public string? NamedModel(VendorRequest call) => BedrockModelId.Read(call);

    public Refusal? Validate(VendorRequest call) =>
        BedrockModelId.IsValid(NamedModel(call)!) ? ConverseRequestValidator.Validate(call.Body) : BedrockErrors.InvalidModelId();

    public ModelRequest Read(VendorRequest call)
    {
        var body = call.Body;
        var prompt = ReadPrompt(body);
        var hasConfig = Has(body, "inferenceConfig", out var config);
        return new ModelRequest
        {
            Model = NamedModel(call)!,
            Prompt = prompt,
            Form = ReadTools(body, prompt) ?? ReadFormat(body),
            MaxOutputTokens = hasConfig && Has(config, "maxTokens", out var limit) ? limit.GetInt32() : null,
            MaxOutputParameter = "inferenceConfig.maxTokens",
            StopSequences = hasConfig && Has(config, "stopSequences", out var stop) ? [.. stop.EnumerateArray().Select(item => item.GetString()!)] : [],
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not null)
            return BedrockErrors.Invalid("The provided model doesn't support the Converse API.");
        if (request.MaxOutputTokens > model.MaxOutputTokens)
            return BedrockErrors.TooManyOutputTokens(model.MaxOutputTokens);
        return request.Prompt.Tokens + (long)(request.MaxOutputTokens ?? 0) > model.ContextWindow ? BedrockErrors.InputTooLong() : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var generation = context.Generation;
        var choice = generation.Choices[0];
        var answer = new ConverseAnswer(
            new ConverseOutput(new ConverseMessage("assistant", [.. Content(context, choice)])),
            BedrockProtocol.Instance.FinishReason(choice.Finish),
            new TokenUsage(
                generation.PlainInputTokens, generation.OutputTokens, generation.InputTokens + generation.OutputTokens, generation.CachedTokens,
                generation.CacheWriteTokens),
            new ConverseMetrics((long)context.Latency.TotalMilliseconds));
        return JsonSerializer.SerializeToUtf8Bytes(answer, BedrockJson.Wire.ConverseAnswer);
    }

    private static IEnumerable<ConverseBlock> Content(AnswerContext context, GeneratedChoice choice)
    {
        if (context.Generation.ReasoningTokens > 0)
        {
            var reasoning = new ReasoningText($"[simulated {context.Model.Name}] thinking", Convert.ToBase64String(Convert.FromHexString(context.Id)));
            yield return new ConverseBlock { ReasoningContent = new ReasoningContent(reasoning) };
        }

        var number = 0;
        foreach (var call in choice.ToolCalls)
        {
            yield return new ConverseBlock { ToolUse = new ToolUse($"tooluse_{context.Id[..18]}{number:x4}", call.Name, JsonElement.Parse(call.Arguments)) };
            number++;
        }

        if (choice.ToolCalls.Count == 0)
            yield return new ConverseBlock { Text = choice.Text };
    }

    private static AnswerForm.ToolCalls? ReadTools(JsonElement body, Prompt prompt)
    {
        if (!Has(body, "toolConfig", out var config))
            return null;
        var offered = config.GetProperty("tools").EnumerateArray()
            .Where(tool => Has(tool, "toolSpec", out _))
            .Select(tool => tool.GetProperty("toolSpec"))
            .Select(spec => new OfferedTool(spec.GetProperty("name").GetString()!, spec.GetProperty("inputSchema").GetProperty("json")));
        if (!Has(config, "toolChoice", out var choice))
            return Answers.ToolUse.Decide(offered, ToolChoice.Auto, null, isParallel: true, prompt);
        if (Has(choice, "tool", out var named))
            return Answers.ToolUse.Decide(offered, ToolChoice.Named, named.GetProperty("name").GetString(), isParallel: true, prompt);
        return Answers.ToolUse.Decide(offered, Has(choice, "any", out _) ? ToolChoice.Required : ToolChoice.Auto, null, isParallel: true, prompt);
    }

    private static AnswerForm ReadFormat(JsonElement body) =>
        Has(body, "outputConfig", out var config) && Has(config, "textFormat", out var format)
            ? new AnswerForm.SchemaJson(ConverseRequestValidator.Schema(format.GetProperty("structure").GetProperty("jsonSchema")))
            : AnswerForm.Prose.Instance;

    private static Prompt ReadPrompt(JsonElement body)
    {
        var prompt = new PromptBuilder();
        if (Has(body, "system", out var system))
        {
            prompt.BeginMessage("system");
            foreach (var block in system.EnumerateArray())
                AddBlock(prompt, block);
            prompt.EndMessage();
        }

        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var content = message.GetProperty("content");
            var holdsResults = content.EnumerateArray().Any(block => Has(block, "toolResult", out _));
            prompt.BeginMessage(holdsResults ? "tool" : message.GetProperty("role").GetString()!);
            foreach (var block in content.EnumerateArray())
                AddBlock(prompt, block);
            prompt.EndMessage();
        }

        if (Has(body, "toolConfig", out var tools))
            prompt.AddTokens(TokenCounter.Count(tools.GetRawText()));
        return prompt.Build();
    }

    private static void AddBlock(PromptBuilder prompt, JsonElement block)
    {
        if (Has(block, "text", out var text))
            prompt.Add(text.GetString());
        else if (Has(block, "image", out _) || Has(block, "document", out _))
            prompt.AddTokens(TokensPerImage);
        else if (Has(block, "toolUse", out var part) || Has(block, "toolResult", out part))
            prompt.Add(part.GetRawText());
    }
}

using System.Text;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>. Other vendors have the same under protocols of their own.</summary>
internal sealed class ChatOperation(IVendorProtocol protocol) : IVendorOperation
{
    // What a low-detail image costs.
    private const int TokensPerImage = 85;

    public static ChatOperation Instance { get; } = new(OpenAiProtocol.Instance);

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.ModelInBody;

    public Refusal? Validate(VendorRequest call) =>
        call.Body.ValueKind != JsonValueKind.Object ? OpenAiErrors.NotJson()
        : ChatRequestValidator.Model(call.Body) ?? ChatRequestValidator.Validate(call.Body);

    public ModelRequest Read(VendorRequest call) => Read(call.Body, call.ModelInBody!);

    /// <param name="model">Some vendors have it in the path.</param>
    public static ModelRequest Read(JsonElement body, string model)
    {
        var limit = OpenAiFields.Has(body, "max_completion_tokens", out var completion) ? ("max_completion_tokens", completion.GetInt32())
            : OpenAiFields.Has(body, "max_tokens", out var tokens) ? ("max_tokens", tokens.GetInt32())
            : ("max_tokens", (int?)null);
        var prompt = ReadPrompt(body);
        return new ModelRequest
        {
            Model = model,
            Prompt = prompt,
            Form = ChatTools.Decide(body, prompt) ?? ReadFormat(body),
            MaxOutputTokens = limit.Item2,
            MaxOutputParameter = limit.Item1,
            Choices = OpenAiFields.Has(body, "n", out var n) ? n.GetInt32() : 1,
            StopSequences = ReadStop(body),
            WantsLogprobs = OpenAiFields.Has(body, "logprobs", out var logprobs) && logprobs.GetBoolean(),
            TopLogprobs = OpenAiFields.Has(body, "top_logprobs", out var top) ? top.GetInt32() : 0,
            Seed = OpenAiFields.Has(body, "seed", out var seed) ? seed.GetInt64() : 0,
            IsReasoningOff = OpenAiFields.Has(body, "reasoning_effort", out var effort) && effort.ValueEquals("none"),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not null)
            return OpenAiErrors.NotAChatModel();
        if (ReasoningModelRules.Check(model, call.Body, "reasoning_effort", "max_tokens") is { } unsupported)
            return unsupported;
        if (request.MaxOutputTokens > model.MaxOutputTokens)
            return OpenAiErrors.TooManyOutputTokens(request.MaxOutputParameter, request.MaxOutputTokens.Value, model.MaxOutputTokens);
        if (request.Prompt.Tokens > model.ContextWindow)
            return OpenAiErrors.ContextTooLong(model.ContextWindow, request.Prompt.Tokens);
        return request.MaxOutputTokens is { } output && request.Prompt.Tokens + (long)output > model.ContextWindow
            ? OpenAiErrors.ContextTooLong(model.ContextWindow, request.Prompt.Tokens, output)
            : null;
    }

    public byte[] Answer(AnswerContext context) => JsonSerializer.SerializeToUtf8Bytes(Complete(context), OpenAiJson.Wire.ChatCompletion);

    public ChatCompletion Complete(AnswerContext context)
    {
        var generation = context.Generation;
        var choices = new ChatChoice[generation.Choices.Count];
        for (var i = 0; i < choices.Length; i++)
            choices[i] = Choice(context, generation.Choices[i], i);

        return new ChatCompletion(
            $"chatcmpl-{context.Id}", "chat.completion", context.Now.ToUnixTimeSeconds(), context.Model.Name, choices,
            new ChatUsage(
                generation.InputTokens, generation.OutputTokens, generation.InputTokens + generation.OutputTokens,
                new PromptTokensDetails(generation.CachedTokens, 0),
                new CompletionTokensDetails(generation.ReasoningTokens, 0, 0, 0)),
            "default", "simulated");
    }

    private ChatChoice Choice(AnswerContext context, GeneratedChoice choice, int index)
    {
        if (context.Request.Form is AnswerForm.ToolCalls tools && choice.ToolCalls.Count > 0)
        {
            var calls = choice.ToolCalls.Select((call, number) => new ChatToolCall(
                $"call_{context.Id[..20]}{index:x2}{number:x2}", "function", new ChatFunction(call.Name, call.Arguments)));
            // The vendor ends with "stop" where the caller chose the function, and with "tool_calls" where the model did.
            return new ChatChoice(index, new ChatMessage("assistant", null, null, []) { ToolCalls = [.. calls] }, null, tools.Chosen ? "stop" : "tool_calls");
        }

        var isRefused = choice.Finish == FinishReason.Refused;
        return new ChatChoice(
            index,
            new ChatMessage("assistant", isRefused ? null : choice.Text, isRefused ? choice.Text : null, []),
            context.Request.WantsLogprobs && !isRefused ? new ChatLogprobs(Logprobs(choice.Text, context.Request.TopLogprobs), null) : null,
            protocol.FinishReason(choice.Finish));
    }

    /// <summary>A token for each word: enough for clients that read the field.</summary>
    public static IReadOnlyList<ChatTokenLogprob> Logprobs(string text, int alternatives)
    {
        var tokens = new List<ChatTokenLogprob>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start + 1);
            var token = text[start..(end < 0 ? text.Length : end)];
            tokens.Add(Logprob(token, 0, [.. Enumerable.Range(0, alternatives).Select(rank => Logprob(rank == 0 ? token : $"{token}{rank}", rank, null))]));
            start += token.Length;
        }

        return tokens;
    }

    private static ChatTokenLogprob Logprob(string token, int rank, IReadOnlyList<ChatTokenLogprob>? alternatives) =>
        new(token, -0.01 - (5 * rank), [.. Encoding.UTF8.GetBytes(token).Select(b => (int)b)]) { TopLogprobs = alternatives };

    private static Prompt ReadPrompt(JsonElement body)
    {
        var prompt = new PromptBuilder();
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString()!;
            prompt.BeginMessage(role == "developer" ? "system" : role);
            if (OpenAiFields.Has(message, "content", out var content))
                ReadContent(prompt, content);
            if (OpenAiFields.Has(message, "tool_calls", out var calls))
                prompt.Add(calls.GetRawText());
            prompt.EndMessage();
        }

        if (OpenAiFields.Has(body, "tools", out var tools))
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

        foreach (var part in content.EnumerateArray())
        {
            if (part.GetProperty("type").ValueEquals("text"))
                prompt.Add(part.GetProperty("text").GetString());
            else
                prompt.AddTokens(TokensPerImage);
        }
    }

    private static AnswerForm ReadFormat(JsonElement body)
    {
        if (!OpenAiFields.Has(body, "response_format", out var format))
            return AnswerForm.Prose.Instance;
        return format.GetProperty("type").GetString() switch
        {
            "json_object" => new AnswerForm.AnyJson(),
            "json_schema" => new AnswerForm.SchemaJson(format.GetProperty("json_schema").TryGetProperty("schema", out var schema) ? schema : null),
            _ => AnswerForm.Prose.Instance,
        };
    }

    private static string[] ReadStop(JsonElement body)
    {
        if (!OpenAiFields.Has(body, "stop", out var stop))
            return [];
        return stop.ValueKind == JsonValueKind.String ? [stop.GetString()!] : [.. stop.EnumerateArray().Select(item => item.GetString()!)];
    }
}

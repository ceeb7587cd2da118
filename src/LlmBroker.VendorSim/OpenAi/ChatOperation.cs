using System.Text;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatOperation : IVendorOperation
{
    // What a low-detail image costs.
    private const int TokensPerImage = 85;

    public static ChatOperation Instance { get; } = new();

    public IVendorProtocol Protocol => OpenAiProtocol.Instance;

    public Refusal? Validate(JsonElement body) => ChatRequestValidator.Validate(body);

    public ModelRequest Read(JsonElement body)
    {
        var limit = OpenAiFields.Has(body, "max_completion_tokens", out var completion) ? ("max_completion_tokens", completion.GetInt32())
            : OpenAiFields.Has(body, "max_tokens", out var tokens) ? ("max_tokens", tokens.GetInt32())
            : ("max_tokens", (int?)null);
        return new ModelRequest
        {
            Model = body.GetProperty("model").GetString()!,
            Prompt = ReadPrompt(body),
            Form = ChatTools.Required(body) ?? ReadFormat(body),
            MaxOutputTokens = limit.Item2,
            MaxOutputParameter = limit.Item1,
            Choices = OpenAiFields.Has(body, "n", out var n) ? n.GetInt32() : 1,
            StopSequences = ReadStop(body),
            WantsLogprobs = OpenAiFields.Has(body, "logprobs", out var logprobs) && logprobs.GetBoolean(),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request)
    {
        if (model.EmbeddingDimensions is not null)
            return OpenAiErrors.NotAChatModel();
        if (request.MaxOutputTokens > model.MaxOutputTokens)
            return OpenAiErrors.TooManyOutputTokens(request.MaxOutputParameter, request.MaxOutputTokens.Value, model.MaxOutputTokens);
        if (request.Prompt.Tokens > model.ContextWindow)
            return OpenAiErrors.ContextTooLong(model.ContextWindow, request.Prompt.Tokens);
        return request.MaxOutputTokens is { } output && request.Prompt.Tokens + (long)output > model.ContextWindow
            ? OpenAiErrors.ContextTooLong(model.ContextWindow, request.Prompt.Tokens, output)
            : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var generation = context.Generation;
        var choices = new ChatChoice[generation.Choices.Count];
        for (var i = 0; i < choices.Length; i++)
            choices[i] = Choice(context, generation.Choices[i], i);

        var completion = new ChatCompletion(
            $"chatcmpl-{context.Id}", "chat.completion", context.Now.ToUnixTimeSeconds(), context.Model.Name, choices,
            new ChatUsage(
                generation.InputTokens, generation.OutputTokens, generation.InputTokens + generation.OutputTokens,
                new PromptTokensDetails(generation.CachedTokens, 0),
                new CompletionTokensDetails(generation.ReasoningTokens, 0, 0, 0)),
            "default", "simulated");
        return JsonSerializer.SerializeToUtf8Bytes(completion, OpenAiJson.Wire.ChatCompletion);
    }

    private static ChatChoice Choice(AnswerContext context, GeneratedChoice choice, int index)
    {
        if (context.Request.Form is AnswerForm.ToolCall tool && choice.ToolName is not null)
        {
            var call = new ChatToolCall($"call_{context.Id[..22]}{index:d2}", "function", new ChatFunction(choice.ToolName, choice.Text));
            // The vendor ends with "stop" where the caller chose the function, and with "tool_calls" where the model did.
            return new ChatChoice(index, new ChatMessage("assistant", null, null, []) { ToolCalls = [call] }, null, tool.Chosen ? "stop" : "tool_calls");
        }

        return new ChatChoice(
            index,
            new ChatMessage("assistant", choice.Text, null, []),
            context.Request.WantsLogprobs ? Logprobs(choice.Text) : null,
            OpenAiProtocol.Instance.FinishReason(choice.Finish));
    }

    /// <summary>A token for each word: enough for clients that read the field.</summary>
    private static ChatLogprobs Logprobs(string text)
    {
        var tokens = new List<ChatTokenLogprob>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start + 1);
            var token = text[start..(end < 0 ? text.Length : end)];
            tokens.Add(new ChatTokenLogprob(token, -0.01, [.. Encoding.UTF8.GetBytes(token).Select(b => (int)b)], []));
            start += token.Length;
        }

        return new ChatLogprobs(tokens, null);
    }

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

using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary><c>POST /v1/responses</c>, without what would need stored responses. Azure has the same under a protocol of its own.</summary>
internal sealed class ResponsesOperation(IVendorProtocol protocol) : IVendorOperation
{
    private const int TokensPerImage = 85;

    private static readonly JsonElement PlainText = JsonElement.Parse("""{"format":{"type":"text"},"verbosity":"medium"}""");
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");
    private static readonly JsonElement Auto = JsonElement.Parse("\"auto\"");

    public static ResponsesOperation Instance { get; } = new(OpenAiProtocol.Instance);

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.ModelInBody;

    public Refusal? Validate(VendorRequest call) => ResponsesRequestValidator.Validate(call.Body);

    public ModelRequest Read(VendorRequest call)
    {
        var body = call.Body;
        var prompt = ReadPrompt(body);
        return new ModelRequest
        {
            Model = call.ModelInBody!,
            Prompt = prompt,
            Form = ReadTools(body, prompt) ?? ReadFormat(body),
            MaxOutputTokens = Has(body, "max_output_tokens", out var limit) ? limit.GetInt32() : null,
            MaxOutputParameter = "max_output_tokens",
            WantsLogprobs = Has(body, "include", out var include) && include.EnumerateArray().Any(item => item.ValueEquals("message.output_text.logprobs")),
            TopLogprobs = Has(body, "top_logprobs", out var top) ? top.GetInt32() : 0,
            IsReasoningOff = Has(body, "reasoning", out var reasoning) && Has(reasoning, "effort", out var effort) && effort.ValueEquals("none"),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not null)
        {
            return new Refusal(
                400, "invalid_request_error", $"The requested model '{model.Name}' cannot be used with the Responses API.", "model", "unsupported_model");
        }

        if (ReasoningModelRules.Check(model, call.Body, "reasoning", outputLimit: null) is { } unsupported)
            return unsupported;
        if (request.MaxOutputTokens > model.MaxOutputTokens)
            return OpenAiErrors.TooManyOutputTokens(request.MaxOutputParameter, request.MaxOutputTokens.Value, model.MaxOutputTokens);
        return request.Prompt.Tokens > model.ContextWindow
            ? new Refusal(
                400, "invalid_request_error", "Your input exceeds the context window of this model. Please adjust your input and try again.", "input",
                "context_length_exceeded")
            : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var body = context.Call.Body;
        var generation = context.Generation;
        var choice = generation.Choices[0];
        var isCut = choice.Finish is FinishReason.Length or FinishReason.Filtered;
        var created = context.Now.ToUnixTimeSeconds();
        var response = new Response($"resp_{context.Id}", "response", created, isCut ? "incomplete" : "completed")
        {
            CompletedAt = isCut ? null : created,
            IncompleteDetails = isCut ? new IncompleteDetails(choice.Finish == FinishReason.Length ? "max_output_tokens" : "content_filter") : null,
            Instructions = Has(body, "instructions", out var instructions) ? instructions.GetString() : null,
            MaxOutputTokens = context.Request.MaxOutputTokens,
            Model = context.Model.Name,
            Output = Output(context, choice, isCut ? "incomplete" : "completed"),
            ParallelToolCalls = !Has(body, "parallel_tool_calls", out var parallel) || parallel.GetBoolean(),
            Reasoning = Reasoning(body),
            Store = !Has(body, "store", out var store) || store.GetBoolean(),
            Temperature = Has(body, "temperature", out var temperature) ? temperature.GetDouble() : 1,
            Text = Has(body, "text", out var text) && Has(text, "format", out _) ? text : PlainText,
            ToolChoice = Has(body, "tool_choice", out var toolChoice) ? toolChoice : Auto,
            Tools = Has(body, "tools", out var tools) ? [.. tools.EnumerateArray().Select(Tool)] : [],
            TopLogprobs = context.Request.TopLogprobs,
            TopP = Has(body, "top_p", out var topP) ? topP.GetDouble() : 1,
            Truncation = Has(body, "truncation", out var truncation) ? truncation.GetString()! : "disabled",
            Usage = new ResponseUsage(
                generation.InputTokens, new InputTokensDetails(generation.CachedTokens, 0), generation.OutputTokens,
                new OutputTokensDetails(generation.ReasoningTokens), generation.InputTokens + generation.OutputTokens),
            User = Has(body, "user", out var user) ? user.GetString() : null,
            Metadata = Has(body, "metadata", out var metadata) ? metadata : Nothing,
        };
        return JsonSerializer.SerializeToUtf8Bytes(response, OpenAiJson.Wire.Response);
    }

    private static List<ResponseItem> Output(AnswerContext context, GeneratedChoice choice, string status)
    {
        var items = new List<ResponseItem>();
        if (context.Generation.ReasoningTokens > 0)
            items.Add(new ReasoningItem($"rs_{context.Id}", []));
        var number = 0;
        foreach (var call in choice.ToolCalls)
        {
            items.Add(new FunctionCallItem($"fc_{context.Id[..28]}{number:x4}", "completed", $"call_{context.Id[..20]}{number:x4}", call.Name, call.Arguments));
            number++;
        }

        if (choice.ToolCalls.Count > 0)
            return items;
        MessagePart part = choice.Finish == FinishReason.Refused
            ? new RefusalPart(choice.Text)
            : new OutputTextPart(choice.Text, [], context.Request.WantsLogprobs ? ChatOperation.Logprobs(choice.Text, context.Request.TopLogprobs) : []);
        items.Add(new MessageItem($"msg_{context.Id}", status, "assistant", [part]));
        return items;
    }

    private static ResponseReasoning Reasoning(JsonElement body) => Has(body, "reasoning", out var reasoning)
        ? new ResponseReasoning(
            Has(reasoning, "effort", out var effort) ? effort.GetString() : null, Has(reasoning, "summary", out var summary) ? summary.GetString() : null)
        : new ResponseReasoning(null, null);

    private static ResponseTool Tool(JsonElement tool) => new(
        "function",
        tool.GetProperty("name").GetString()!,
        Has(tool, "description", out var description) ? description.GetString() : null,
        Has(tool, "parameters", out var parameters) ? parameters : null,
        !Has(tool, "strict", out var strict) || strict.GetBoolean());

    private static AnswerForm.ToolCalls? ReadTools(JsonElement body, Prompt prompt)
    {
        if (!Has(body, "tools", out var tools))
            return null;
        var offered = tools.EnumerateArray().Select(tool => new OfferedTool(
            tool.GetProperty("name").GetString()!, Has(tool, "parameters", out var parameters) ? parameters : null));
        var isParallel = !Has(body, "parallel_tool_calls", out var parallel) || parallel.GetBoolean();
        if (!Has(body, "tool_choice", out var choice))
            return ToolUse.Decide(offered, ToolChoice.Auto, null, isParallel, prompt);
        if (choice.ValueKind == JsonValueKind.String)
            return ToolUse.Decide(offered, ChatTools.Word(choice), null, isParallel, prompt);
        return Has(choice, "name", out var name)
            ? ToolUse.Decide(offered, ToolChoice.Named, name.GetString(), isParallel, prompt)
            : ToolUse.Decide(offered, Has(choice, "mode", out var mode) ? ChatTools.Word(mode) : ToolChoice.Auto, null, isParallel, prompt);
    }

    private static AnswerForm ReadFormat(JsonElement body)
    {
        if (!Has(body, "text", out var text) || !Has(text, "format", out var format))
            return AnswerForm.Prose.Instance;
        return format.GetProperty("type").GetString() switch
        {
            "json_object" => new AnswerForm.AnyJson(),
            "json_schema" => new AnswerForm.SchemaJson(format.GetProperty("schema")),
            _ => AnswerForm.Prose.Instance,
        };
    }

    private static Prompt ReadPrompt(JsonElement body)
    {
        var prompt = new PromptBuilder();
        if (Has(body, "instructions", out var instructions))
            Add(prompt, "system", instructions);
        var input = body.GetProperty("input");
        if (input.ValueKind == JsonValueKind.String)
        {
            Add(prompt, "user", input);
        }
        else
        {
            foreach (var item in input.EnumerateArray())
                AddItem(prompt, item);
        }

        if (Has(body, "tools", out var tools))
            prompt.AddTokens(TokenCounter.Count(tools.GetRawText()));
        return prompt.Build();
    }

    private static void AddItem(PromptBuilder prompt, JsonElement item)
    {
        switch (Has(item, "type", out var type) ? type.GetString() : "message")
        {
            case "message":
                var role = item.GetProperty("role").GetString()!;
                Add(prompt, role == "developer" ? "system" : role, item.GetProperty("content"));
                break;
            case "function_call":
                prompt.BeginMessage("assistant");
                prompt.Add(item.GetRawText());
                prompt.EndMessage();
                break;
            case "function_call_output":
                Add(prompt, "tool", item.GetProperty("output"));
                break;
        }
    }

    private static void Add(PromptBuilder prompt, string role, JsonElement content)
    {
        prompt.BeginMessage(role);
        if (content.ValueKind == JsonValueKind.String)
        {
            prompt.Add(content.GetString());
        }
        else
        {
            foreach (var part in content.EnumerateArray())
            {
                if (Has(part, "text", out var text))
                    prompt.Add(text.GetString());
                else
                    prompt.AddTokens(TokensPerImage);
            }
        }

        prompt.EndMessage();
    }
}

using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary><c>POST …/models/{model}:generateContent</c>.</summary>
internal sealed class GenerateContentOperation(GoogleProtocol protocol) : IVendorOperation
{
    // "258 tokens if both dimensions are 384 pixels or less" (ai.google.dev/gemini-api/docs/tokens).
    private const int TokensPerImage = 258;

    private static readonly string[] HarmCategories =
        ["HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT"];

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.Route("model");

    public Refusal? Validate(VendorRequest call) => GenerateContentValidator.Validate(call.Body);

    public ModelRequest Read(VendorRequest call)
    {
        var body = call.Body;
        var prompt = ReadPrompt(body);
        var request = new ModelRequest { Model = NamedModel(call)!, Prompt = prompt, Form = ReadFunctions(body, prompt) ?? ReadFormat(body) };
        if (!Has(body, "generationConfig", out var config))
            return request;
        return request with
        {
            MaxOutputTokens = Has(config, "maxOutputTokens", out var limit) ? ReadInteger(limit) : null,
            MaxOutputParameter = "maxOutputTokens",
            Choices = Has(config, "candidateCount", out var count) ? ReadInteger(count)!.Value : 1,
            StopSequences = Has(config, "stopSequences", out var stop) ? [.. stop.EnumerateArray().Select(item => item.GetString()!)] : [],
            WantsLogprobs = Has(config, "responseLogprobs", out var logprobs) && logprobs.GetBoolean(),
            TopLogprobs = Has(config, "logprobs", out var top) ? ReadInteger(top)!.Value : 0,
            Seed = Has(config, "seed", out var seed) ? ReadInteger(seed)!.Value : 0,
            IsReasoningOff = Has(config, "thinkingConfig", out var thinking) && Has(thinking, "thinkingBudget", out var budget) && ReadInteger(budget) == 0,
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not null)
            return GoogleErrors.NotSupported(model.Name, "generateContent");
        if (request.MaxOutputTokens > model.MaxOutputTokens)
            return GoogleErrors.TooManyOutputTokens(request.MaxOutputTokens.Value, model.MaxOutputTokens);
        return request.Prompt.Tokens > model.ContextWindow ? GoogleErrors.ContextTooLong(request.Prompt.Tokens, model.ContextWindow) : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var generation = context.Generation;
        var thoughts = generation.ReasoningTokens;
        var usage = new UsageMetadata(
            generation.InputTokens,
            generation.Choices.Count > 0 ? generation.OutputTokens - thoughts : null,
            generation.InputTokens + generation.OutputTokens,
            [new ModalityCount("TEXT", generation.InputTokens)])
        {
            CachedContentTokenCount = generation.CachedTokens > 0 ? generation.CachedTokens : null,
            ThoughtsTokenCount = thoughts > 0 ? thoughts : null,
            TrafficType = protocol.IsVertex ? "ON_DEMAND" : null,
        };
        var answer = new GenerateContentAnswer(usage, context.Model.Name, context.Id)
        {
            Candidates = generation.Choices.Count > 0 ? [.. generation.Choices.Select((choice, index) => Candidate(context, choice, index))] : null,
            PromptFeedback = generation.Choices.Count > 0 ? null : new PromptFeedback("PROHIBITED_CONTENT", Ratings(blocked: true)),
            CreateTime = protocol.IsVertex ? context.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture) : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(answer, GoogleJson.Wire.GenerateContentAnswer);
    }

    private Candidate Candidate(AnswerContext context, GeneratedChoice choice, int index)
    {
        var candidate = new Candidate(index, protocol.FinishReason(choice.Finish));
        // What is blocked on the way out is not shown.
        if (choice.Finish is FinishReason.Filtered or FinishReason.Recited)
            return candidate with { SafetyRatings = choice.Finish == FinishReason.Filtered ? Ratings(blocked: true) : null };
        var parts = new List<Part>();
        if (IncludesThoughts(context))
            parts.Add(new Part { Text = $"[simulated {context.Model.Name}] thinking", Thought = true });
        var number = 0;
        foreach (var call in choice.ToolCalls)
        {
            parts.Add(new Part { FunctionCall = new FunctionCall($"{context.Id[..4]}{index:x2}{number:x2}", call.Name, JsonElement.Parse(call.Arguments)) });
            number++;
        }

        if (choice.ToolCalls.Count == 0)
            parts.Add(new Part { Text = choice.Text });
        candidate = candidate with { Content = new Content(parts, "model") };
        return context.Request.WantsLogprobs ? WithLogprobs(candidate, choice.Text, context.Request.TopLogprobs) : candidate;
    }

    private static bool IncludesThoughts(AnswerContext context) =>
        context.Generation.ReasoningTokens > 0
        && Has(context.Call.Body, "generationConfig", out var config)
        && Has(config, "thinkingConfig", out var thinking)
        && Has(thinking, "includeThoughts", out var include)
        && include.GetBoolean();

    /// <summary>A token for each word: enough for clients that read the field.</summary>
    private static Candidate WithLogprobs(Candidate candidate, string text, int alternatives)
    {
        var chosen = text.Split(' ').Select((word, index) => new TokenCandidate(index == 0 ? word : $" {word}", index, -0.01)).ToList();
        var top = chosen.Select(token => new TokenCandidates([.. Enumerable.Range(0, Math.Max(1, alternatives))
            .Select(rank => rank == 0 ? token : new TokenCandidate($"{token.Token}{rank}", token.TokenId + rank, -0.01 - (5 * rank)))]));
        return candidate with { AvgLogprobs = -0.01, LogprobsResult = new LogprobsResult([.. top], chosen) };
    }

    private static List<SafetyRating> Ratings(bool blocked) =>
        [.. HarmCategories.Select(category => category == "HARM_CATEGORY_DANGEROUS_CONTENT" && blocked
            ? new SafetyRating(category, "HIGH") { Blocked = true }
            : new SafetyRating(category, "NEGLIGIBLE"))];

    private static AnswerForm.ToolCalls? ReadFunctions(JsonElement body, Prompt prompt)
    {
        if (!Has(body, "tools", out var tools))
            return null;
        var offered = tools.EnumerateArray()
            .SelectMany(tool => Has(tool, "functionDeclarations", out var declarations) ? declarations.EnumerateArray() : default)
            .Select(declaration => new OfferedTool(
                declaration.GetProperty("name").GetString()!,
                Has(declaration, "parameters", out var schema) || Has(declaration, "parametersJsonSchema", out schema) ? schema : null));
        if (!Has(body, "toolConfig", out var config) || !Has(config, "functionCallingConfig", out var calling))
            return ToolUse.Decide(offered, ToolChoice.Auto, null, isParallel: true, prompt);
        if (Has(calling, "allowedFunctionNames", out var allowed) && allowed.GetArrayLength() > 0)
            offered = offered.Where(tool => allowed.EnumerateArray().Any(name => name.ValueEquals(tool.Name)));
        var choice = Has(calling, "mode", out var mode) ? mode.GetString() switch
        {
            "ANY" => ToolChoice.Required,
            "NONE" => ToolChoice.None,
            _ => ToolChoice.Auto,
        } : ToolChoice.Auto;
        return ToolUse.Decide(offered, choice, null, isParallel: true, prompt);
    }

    private static AnswerForm ReadFormat(JsonElement body)
    {
        if (!Has(body, "generationConfig", out var config) || !Has(config, "responseMimeType", out var type) || !type.ValueEquals("application/json"))
            return AnswerForm.Prose.Instance;
        return Has(config, "responseSchema", out var schema) || Has(config, "responseJsonSchema", out schema) || Has(config, "_responseJsonSchema", out schema)
            ? new AnswerForm.SchemaJson(schema)
            : new AnswerForm.AnyJson();
    }

    private static Prompt ReadPrompt(JsonElement body)
    {
        var prompt = new PromptBuilder();
        if (Has(body, "systemInstruction", out var system))
            Add(prompt, "system", system);
        Has(body, "contents", out var contents);
        foreach (var content in contents.EnumerateArray())
        {
            var role = Has(content, "role", out var named) ? named.GetString() : "user";
            var holdsResults = Has(content, "parts", out var parts) && parts.EnumerateArray().Any(part => Has(part, "functionResponse", out _));
            Add(prompt, holdsResults ? "tool" : role == "model" ? "assistant" : "user", content);
        }

        if (Has(body, "tools", out var tools))
            prompt.AddTokens(TokenCounter.Count(tools.GetRawText()));
        return prompt.Build();
    }

    private static void Add(PromptBuilder prompt, string role, JsonElement content)
    {
        prompt.BeginMessage(role);
        foreach (var part in Has(content, "parts", out var parts) ? parts.EnumerateArray() : default)
        {
            if (Has(part, "text", out var text))
                prompt.Add(text.GetString());
            else if (Has(part, "functionCall", out var function) || Has(part, "functionResponse", out function))
                prompt.Add(function.GetRawText());
            else
                prompt.AddTokens(TokensPerImage);
        }

        prompt.EndMessage();
    }
}

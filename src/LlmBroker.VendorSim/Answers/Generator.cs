using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Answers;

/// <summary>Makes answers up: plainly marked as simulated, and the same for the same prompt, model and seed.</summary>
internal static class Generator
{
    private const int DefaultOutputTokens = 64;

    /// <param name="ending">How a fault ends the answer; null lets it end by itself.</param>
    public static Generation Generate(SimulatedModel model, ModelRequest request, Dice dice, FinishReason? ending = null)
    {
        var input = request.Prompt.Tokens;
        var isText = model.Task is null or TextTask.Translation or TextTask.Summarization;
        if (request.Form is AnswerForm.Embeddings || (request.Form is AnswerForm.Task && !isText))
            return new Generation([], input, CachedTokens: 0, CacheWriteTokens: 0, OutputTokens: 0, ReasoningTokens: 0, FinishReason.Unknown);

        var cached = (int)(input * model.Tokens.CachedShare);
        var cacheWritten = Math.Min((int)(input * model.Tokens.CacheWriteShare), input - cached);
        if (ending == FinishReason.PromptFiltered)
            return new Generation([], input, cached, cacheWritten, OutputTokens: 0, ReasoningTokens: 0, FinishReason.PromptFiltered);

        var limit = request.MaxOutputTokens ?? model.MaxOutputTokens;
        var reasoning = request.IsReasoningOff ? 0 : Math.Min(model.Tokens.Reasoning, limit);
        var choices = new GeneratedChoice[request.Choices];
        var output = 0;
        for (var i = 0; i < choices.Length; i++)
        {
            choices[i] = ending is { } forced
                ? Ended(model, forced)
                : Choice(model, request, dice, Planned(model, input / Math.Max(1, request.Inputs.Count)), limit - reasoning, i);
            output += choices[i].Tokens + reasoning;
        }

        return new Generation(choices, input, cached, cacheWritten, output, reasoning * choices.Length, choices[0].Finish);
    }

    private static GeneratedChoice Ended(SimulatedModel model, FinishReason ending)
    {
        var text = ending == FinishReason.Refused ? $"[simulated {model.Name}] I can't help with that." : $"[simulated {model.Name}]";
        return new GeneratedChoice(text, TokenCounter.Count(text), ending);
    }

    private static int Planned(SimulatedModel model, int inputTokens) =>
        model.Tokens.OutputPerInputToken is { } ratio
            ? (int)Math.Clamp(inputTokens * ratio, model.Tokens.MinOutput ?? 1, model.Tokens.MaxOutput ?? model.MaxOutputTokens)
            : model.Tokens.Output ?? DefaultOutputTokens;

    private static GeneratedChoice Choice(SimulatedModel model, ModelRequest request, Dice dice, int planned, int limit, int index)
    {
        var echo = request.Inputs.Count > 0 ? Prompt.Echo(request.Inputs[index]) : request.Prompt.Echo();
        var remark = $"[simulated {model.Name}] {echo}".TrimEnd();
        switch (request.Form)
        {
            case AnswerForm.ToolCalls { Tools: var tools }:
                var calls = tools.Select(tool => new GeneratedToolCall(tool.Name, SchemaInstance.Create(tool.Parameters, remark))).ToList();
                return new GeneratedChoice("", calls.Sum(call => TokenCounter.Count(call.Arguments)), FinishReason.ToolCalls) { ToolCalls = calls };
            case AnswerForm.AnyJson:
                return CutToLimit(SchemaInstance.CreateAny(remark), limit);
            case AnswerForm.SchemaJson { Schema: var schema }:
                return CutToLimit(SchemaInstance.Create(schema, remark), limit);
            default:
                var mark = $"[simulated {model.Name}]".Length;
                var tokens = Math.Min(planned, limit);
                var origin = Dice.Hash(request.Prompt.Transcript) ^ (ulong)request.Seed;
                var text = Prose.Write(remark, mark, tokens, dice.Draw(Streams.Words, (long)origin + index));
                return CutAtStop(new GeneratedChoice(text, tokens, planned > limit ? FinishReason.Length : FinishReason.Stop), request.StopSequences, mark);
        }
    }

    private static GeneratedChoice CutToLimit(string text, int limit)
    {
        var tokens = TokenCounter.Count(text);
        return tokens <= limit
            ? new GeneratedChoice(text, tokens, FinishReason.Stop)
            : new GeneratedChoice(text[..TokenCounter.LengthWithin(text, limit)], limit, FinishReason.Length);
    }

    private static GeneratedChoice CutAtStop(GeneratedChoice choice, IReadOnlyList<string> stopSequences, int mark)
    {
        var cut = choice;
        foreach (var stop in stopSequences)
        {
            var at = cut.Text.IndexOf(stop, mark, StringComparison.Ordinal);
            if (at < 0)
                continue;
            var text = choice.Text[..at];
            cut = new GeneratedChoice(text, Math.Min(choice.Tokens, TokenCounter.Count(text)), FinishReason.StopSequence, StopSequence: stop);
        }

        return cut;
    }
}

using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Answers;

/// <summary>Makes answers up: plainly marked as simulated, and the same for the same prompt, model and seed.</summary>
internal static class Generator
{
    private const int DefaultOutputTokens = 64;

    public static Generation Generate(SimulatedModel model, ModelRequest request, Dice dice, bool filtered)
    {
        var input = request.Prompt.Tokens;
        var cached = (int)(input * model.Tokens.CachedShare);
        if (request.Form is AnswerForm.Embeddings)
            return new Generation([], input, CachedTokens: 0, OutputTokens: 0, ReasoningTokens: 0);

        var limit = request.MaxOutputTokens ?? model.MaxOutputTokens;
        var reasoning = Math.Min(model.Tokens.Reasoning, limit);
        var choices = new GeneratedChoice[request.Choices];
        var output = 0;
        for (var i = 0; i < choices.Length; i++)
        {
            choices[i] = filtered
                ? Filtered(model)
                : Choice(model, request, dice, Planned(model, input), limit - reasoning, i);
            output += choices[i].Tokens + reasoning;
        }

        return new Generation(choices, input, cached, output, reasoning * choices.Length);
    }

    private static GeneratedChoice Filtered(SimulatedModel model)
    {
        var text = $"[simulated {model.Name}]";
        return new GeneratedChoice(text, TokenCounter.Count(text), FinishReason.Filtered);
    }

    private static int Planned(SimulatedModel model, int inputTokens) =>
        model.Tokens.OutputPerInputToken is { } ratio
            ? (int)Math.Clamp(inputTokens * ratio, model.Tokens.MinOutput ?? 1, model.Tokens.MaxOutput ?? model.MaxOutputTokens)
            : model.Tokens.Output ?? DefaultOutputTokens;

    private static GeneratedChoice Choice(SimulatedModel model, ModelRequest request, Dice dice, int planned, int limit, int index)
    {
        var remark = $"[simulated {model.Name}] {request.Prompt.Echo()}".TrimEnd();
        switch (request.Form)
        {
            case AnswerForm.ToolCall tool:
                var arguments = SchemaInstance.Create(tool.Parameters, remark);
                return new GeneratedChoice(arguments, TokenCounter.Count(arguments), FinishReason.ToolCalls, tool.Name);
            case AnswerForm.AnyJson:
                return CutToLimit(SchemaInstance.CreateAny(remark), limit);
            case AnswerForm.SchemaJson { Schema: var schema }:
                return CutToLimit(SchemaInstance.Create(schema, remark), limit);
            default:
                var mark = $"[simulated {model.Name}]".Length;
                var tokens = Math.Min(planned, limit);
                var text = Prose.Write(remark, mark, tokens, dice.Draw(Streams.Words, (long)Dice.Hash(request.Prompt.Transcript) + index));
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

using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Answers;

/// <summary>Makes answers up: plainly marked as simulated, and the same for the same prompt, model and seed.</summary>
internal static class Generator
{
    private const int DefaultOutputTokens = 64;

    /// <param name="ending">How a fault ends the answer; null lets it end by itself.</param>
    /// <param name="flaw">What a fault makes wrong with it.</param>
    public static Generation Generate(
        SimulatedModel model, ModelRequest request, Dice dice, FinishReason? ending = null, AnswerFlaw flaw = AnswerFlaw.None)
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
                : Choice(model, request, dice, Planned(model, input / Math.Max(1, request.Inputs.Count)), limit - reasoning, i, flaw);
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

    private static GeneratedChoice Choice(SimulatedModel model, ModelRequest request, Dice dice, int planned, int limit, int index, AnswerFlaw flaw)
    {
        var echo = request.Inputs.Count > 0 ? Prompt.Echo(request.Inputs[index]) : request.Prompt.Echo();
        var remark = $"[simulated {model.Name}] {echo}".TrimEnd();
        switch (request.Form)
        {
            case AnswerForm.ToolCalls { Tools: var tools }:
                var calls = tools.Select(tool => new GeneratedToolCall(tool.Name, SchemaInstance.Create(tool.Parameters, remark))).ToList();
                return new GeneratedChoice("", calls.Sum(call => TokenCounter.Count(call.Arguments)), FinishReason.ToolCalls) { ToolCalls = calls };
            case AnswerForm.AnyJson:
                return CutShort(CutToLimit(SchemaInstance.CreateAny(remark), limit), flaw);
            case AnswerForm.SchemaJson { Schema: var schema }:
                return CutShort(CutToLimit(SchemaInstance.Create(schema, remark), limit), flaw);
            default:
                if (Grade(request.Prompt, flaw) is { } grade)
                    return CutToLimit(grade, limit);
                return Text(model, request, dice, planned, limit, index, flaw, remark);
        }
    }

    private static GeneratedChoice Text(
        SimulatedModel model, ModelRequest request, Dice dice, int planned, int limit, int index, AnswerFlaw flaw, string remark)
    {
        var mark = $"[simulated {model.Name}]";
        var asked = request.Inputs.Count > 0 ? request.Inputs[index] : request.Prompt.LastUserText;
        var target = request.Inputs.Count > 0 ? TargetOf(model) : ProseLanguage.TargetOf(request.Prompt.Transcript);
        var language = target ?? ProseLanguage.LanguageOf(asked);
        if (flaw == AnswerFlaw.Declined)
            return CutToLimit($"{mark} {language.Refusal}", limit);
        if (flaw == AnswerFlaw.WrongLanguage)
            (language, target) = (language.Wrong, language.Wrong);

        var opening = target is null ? remark : $"{mark} {KeptWords.Of(asked, withNames: language.IsLatin)}".TrimEnd();
        if (flaw == AnswerFlaw.WrongNumber)
            opening = mark + KeptWords.Miscounted(opening[mark.Length..]);
        // A translation has all that it keeps, however small it is meant to be.
        var wanted = target is null ? planned : Math.Max(planned, TokenCounter.Count(opening));
        var tokens = Math.Min(wanted, limit);
        var origin = Dice.Hash(request.Prompt.Transcript) ^ (ulong)request.Seed;
        var text = Prose.Write(opening, mark.Length, tokens, dice.Draw(Streams.Words, (long)origin + index), language);
        var choice = new GeneratedChoice(text, tokens, wanted > limit ? FinishReason.Length : FinishReason.Stop);
        return CutAtStop(CutShort(choice, flaw), request.StopSequences, mark.Length);
    }

    /// <summary>Who is asked for a score as JSON gives one.</summary>
    private static string? Grade(Prompt prompt, AnswerFlaw flaw) =>
        prompt.Transcript.Contains("{\"score\":", StringComparison.Ordinal)
            ? $$"""{"score": {{(flaw == AnswerFlaw.LowScore ? 2 : 8)}}, "reason": "simulated"}"""
            : null;

    /// <summary>What a model for one pair of languages writes, by its name, such as <c>org/en-es</c>.</summary>
    private static ProseLanguage? TargetOf(SimulatedModel model) =>
        model is { Task: TextTask.Translation, Name: [.., '-', _, _] } ? ProseLanguage.Of(model.Name[^2..]) : null;

    private static GeneratedChoice CutShort(GeneratedChoice choice, AnswerFlaw flaw)
    {
        if (flaw != AnswerFlaw.CutShort)
            return choice;
        var tokens = Math.Max(1, choice.Tokens / 2);
        return new GeneratedChoice(choice.Text[..TokenCounter.LengthWithin(choice.Text, tokens)], tokens, FinishReason.Length);
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

using System.Text.Json;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>What reasoning models refuse, and what others refuse that is for reasoning models.</summary>
internal static class ReasoningModelRules
{
    private static readonly string[] Unsupported = ["top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias", "stop"];

    /// <param name="effort">The parameter that is for reasoning models.</param>
    /// <param name="outputLimit">The parameter that they have another one for; null where there is only one.</param>
    public static Refusal? Check(SimulatedModel model, JsonElement body, string effort, string? outputLimit)
    {
        if (!model.IsReasoningModel)
            return model.Tokens.Reasoning == 0 && Has(body, effort, out _) ? OpenAiErrors.UnsupportedParameter(effort) : null;
        if (outputLimit is not null && Has(body, outputLimit, out _))
            return OpenAiErrors.UnsupportedParameter(outputLimit, "max_completion_tokens");
        if (Has(body, "temperature", out var temperature) && temperature.GetDouble() != 1)
            return OpenAiErrors.UnsupportedValue("temperature", temperature.GetRawText(), "1");
        foreach (var parameter in Unsupported)
        {
            if (Has(body, parameter, out var value) && value.ValueKind != JsonValueKind.False)
                return OpenAiErrors.UnsupportedParameter(parameter);
        }

        return null;
    }
}

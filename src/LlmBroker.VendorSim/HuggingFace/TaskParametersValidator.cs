using System.Text.Json;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary>Refuses parameters that the pipeline of a task does not take. They are those of Hugging Face's published task specifications.</summary>
internal static class TaskParametersValidator
{
    private static readonly string[] Writing = ["clean_up_tokenization_spaces", "truncation", "generate_parameters"];

    // What goes on to the model's generate().
    private static readonly string[] Generating =
    [
        "max_length", "min_length", "max_new_tokens", "min_new_tokens", "num_beams", "do_sample", "temperature", "top_k", "top_p", "repetition_penalty",
        "length_penalty", "no_repeat_ngram_size", "early_stopping", "forced_bos_token_id",
    ];

    private static readonly string[] Truncations = ["do_not_truncate", "longest_first", "only_first", "only_second"];

    public static Refusal? Validate(TextTask task, JsonElement? given)
    {
        if (given is not { } parameters)
            return task == TextTask.ZeroShotClassification ? HuggingFaceErrors.Missing("parameters.candidate_labels") : null;
        return task switch
        {
            TextTask.Translation => Generation(parameters, [.. Writing, "src_lang", "tgt_lang"])
                ?? Text(parameters, "src_lang")
                ?? Text(parameters, "tgt_lang"),
            TextTask.Summarization => Generation(parameters, Writing),
            TextTask.TextClassification => Known(parameters, "TextClassificationPipeline", "top_k", "function_to_apply")
                ?? Positive(parameters, "top_k")
                ?? OneOf(parameters, "function_to_apply", "sigmoid", "softmax", "none"),
            TextTask.ZeroShotClassification => Known(
                    parameters, "ZeroShotClassificationPipeline", "candidate_labels", "hypothesis_template", "multi_label")
                ?? CandidateLabels(parameters)
                ?? Template(parameters)
                ?? Flag(parameters, "multi_label"),
            TextTask.TokenClassification => Known(parameters, "TokenClassificationPipeline", "ignore_labels", "stride", "aggregation_strategy")
                ?? OneOf(parameters, "aggregation_strategy", "none", "simple", "first", "average", "max"),
            TextTask.QuestionAnswering => Known(
                    parameters, "QuestionAnsweringPipeline", "top_k", "doc_stride", "max_answer_len", "max_seq_len", "max_question_len",
                    "handle_impossible_answer", "align_to_words")
                ?? Positive(parameters, "top_k"),
            _ => Known(parameters, "FeatureExtractionPipeline", "normalize", "prompt_name", "truncate", "truncation_direction"),
        };
    }

    /// <summary>Whether an input over the model's length is cut rather than refused.</summary>
    public static bool Truncates(JsonElement? parameters) =>
        parameters is { } given
        && ((given.TryGetProperty("truncation", out var truncation) && !truncation.ValueEquals("do_not_truncate"))
            || (given.TryGetProperty("truncate", out var truncate) && truncate.ValueKind == JsonValueKind.True));

    private static Refusal? Generation(JsonElement parameters, string[] own)
    {
        foreach (var property in parameters.EnumerateObject())
        {
            if (!own.Contains(property.Name) && !Generating.Contains(property.Name))
                return HuggingFaceErrors.UnusedArgument(property.Name);
        }

        if (OneOf(parameters, "truncation", Truncations) is { } wrong)
            return wrong;
        if (!parameters.TryGetProperty("generate_parameters", out var generate))
            return null;
        if (generate.ValueKind != JsonValueKind.Object)
            return HuggingFaceErrors.Invalid("parameters.generate_parameters", "value is not a valid dict");
        foreach (var property in generate.EnumerateObject())
        {
            if (!Generating.Contains(property.Name))
                return HuggingFaceErrors.UnusedArgument(property.Name);
        }

        return null;
    }

    private static Refusal? Known(JsonElement parameters, string pipeline, params ReadOnlySpan<string> known)
    {
        foreach (var property in parameters.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                return HuggingFaceErrors.UnexpectedArgument(pipeline, property.Name);
        }

        return null;
    }

    private static Refusal? CandidateLabels(JsonElement parameters)
    {
        const string Field = "parameters.candidate_labels";
        if (!parameters.TryGetProperty("candidate_labels", out var labels))
            return HuggingFaceErrors.Missing(Field);
        if (labels.ValueKind != JsonValueKind.Array || labels.EnumerateArray().Any(label => label.ValueKind != JsonValueKind.String))
            return HuggingFaceErrors.Invalid(Field, "value is not a valid list of strings");
        return labels.GetArrayLength() > 0
            ? null
            : HuggingFaceErrors.Invalid(Field, "You must include at least one label and at least one sequence.");
    }

    private static Refusal? Template(JsonElement parameters) =>
        Text(parameters, "hypothesis_template")
        ?? (parameters.TryGetProperty("hypothesis_template", out var template) && !template.GetString()!.Contains("{}", StringComparison.Ordinal)
            ? HuggingFaceErrors.Invalid(
                "parameters.hypothesis_template",
                $"The provided hypothesis_template \"{template.GetString()}\" was not able to be formatted with the target labels. Make sure the "
                + "passed template includes formatting syntax such as {} where the label should go.")
            : null);

    private static Refusal? Text(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.String
            ? HuggingFaceErrors.Invalid($"parameters.{name}", "str type expected")
            : null;

    private static Refusal? Flag(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? HuggingFaceErrors.Invalid($"parameters.{name}", "value could not be parsed to a boolean")
            : null;

    private static Refusal? Positive(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && !(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0)
            ? HuggingFaceErrors.Invalid($"parameters.{name}", "ensure this value is greater than or equal to 1")
            : null;

    private static Refusal? OneOf(JsonElement parameters, string name, params ReadOnlySpan<string> allowed) =>
        parameters.TryGetProperty(name, out var value) && !(value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString()!))
            ? HuggingFaceErrors.Invalid($"parameters.{name}", $"value is not one of {string.Join(", ", allowed!)}")
            : null;
}

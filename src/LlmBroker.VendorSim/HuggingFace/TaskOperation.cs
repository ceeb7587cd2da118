using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary><c>POST …/hf-inference/models/{model}</c>, also with <c>/pipeline/{task}</c> behind it: a model that was trained for one task.</summary>
internal sealed class TaskOperation : IVendorOperation
{
    private const string PipelineSegment = "/pipeline/";

    private static readonly Dictionary<TextTask, string> TaskNames = EnumNames.Of<TextTask>();

    public static TaskOperation Instance { get; } = new();

    public IVendorProtocol Protocol => HuggingFaceProtocol.Tasks;

    public string? NamedModel(VendorRequest call) => call.Route("model")!.Split(PipelineSegment)[0];

    public Refusal? Validate(VendorRequest call)
    {
        var body = call.Body;
        if (body.ValueKind != JsonValueKind.Object)
            return HuggingFaceErrors.NotJson();
        if (!body.TryGetProperty("inputs", out var inputs) || inputs.ValueKind == JsonValueKind.Null)
            return HuggingFaceErrors.Missing("inputs");
        if (body.TryGetProperty("parameters", out var parameters) && parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
            return HuggingFaceErrors.Invalid("parameters", "value is not a valid dict");
        return inputs.ValueKind switch
        {
            JsonValueKind.Object => null,
            JsonValueKind.String => inputs.GetString()!.Length > 0 ? null : HuggingFaceErrors.Invalid("inputs", "ensure this value has at least 1 characters"),
            JsonValueKind.Array when inputs.GetArrayLength() > 0 && inputs.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => null,
            _ => HuggingFaceErrors.Invalid("inputs", "value is not a valid string, list of strings or dict"),
        };
    }

    public ModelRequest Read(VendorRequest call)
    {
        var inputs = call.Body.GetProperty("inputs");
        var texts = Texts(inputs);
        var prompt = new PromptBuilder();
        foreach (var text in texts)
        {
            prompt.BeginMessage("user");
            prompt.Add(text);
            prompt.EndMessage();
        }

        return new ModelRequest
        {
            Model = NamedModel(call)!,
            // Nothing is put around the inputs, unlike around messages.
            Prompt = prompt.Build() with { Tokens = texts.Sum(text => Math.Max(1, TokenCounter.Count(text))) },
            Form = new AnswerForm.Task(inputs, Parameters(call.Body)),
            MaxOutputTokens = MaxOutput(Parameters(call.Body)),
            Choices = texts.Count,
            Inputs = texts,
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.Task is not { } task)
            return HuggingFaceErrors.NotATaskModel(model.Name);
        var asked = call.Route("model")!.Split(PipelineSegment);
        if (asked.Length > 1 && asked[1] != TaskNames[task])
            return HuggingFaceErrors.WrongTask(model.Name, TaskNames[task], asked[1]);
        var form = (AnswerForm.Task)request.Form;
        var wrong = task == TextTask.QuestionAnswering
            ? Question(form.Inputs)
            : form.Inputs.ValueKind == JsonValueKind.Object ? HuggingFaceErrors.Invalid("inputs", "str type expected") : null;
        if ((wrong ?? TaskParametersValidator.Validate(task, form.Parameters)) is { } refusal)
            return refusal;
        var longest = request.Inputs.Max(text => TokenCounter.Count(text));
        return longest > model.ContextWindow && task != TextTask.QuestionAnswering && !TaskParametersValidator.Truncates(form.Parameters)
            ? HuggingFaceProtocol.TooLong(model, longest)
            : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var form = (AnswerForm.Task)context.Request.Form;
        var texts = context.Request.Inputs;
        var choices = context.Generation.Choices;
        var model = context.Model;
        var wire = HuggingFaceJson.Wire;
        return model.Task switch
        {
            TextTask.Translation => Write([.. choices.Select(choice => new TranslatedText(choice.Text))], wire.IReadOnlyListTranslatedText),
            TextTask.Summarization => Write([.. choices.Select(choice => new SummarizedText(choice.Text))], wire.IReadOnlyListSummarizedText),
            TextTask.TextClassification => Write(
                [.. texts.Select(text => Best(TaskAnswers.Classify(text, model.Labels), TopK(form.Parameters, model.Labels.Count)))],
                wire.IReadOnlyListIReadOnlyListLabelScore),
            TextTask.ZeroShotClassification => Write(
                TaskAnswers.Classify(texts[0], CandidateLabels(form.Parameters!.Value), IsMultiLabel(form.Parameters.Value)), wire.IReadOnlyListLabelScore),
            TextTask.TokenClassification => Write(TaskAnswers.Entities(texts[0], model.Labels, IsGrouped(form.Parameters)), wire.IReadOnlyListEntity),
            TextTask.QuestionAnswering => Extract(texts, TopK(form.Parameters, 1)),
            _ => form.Inputs.ValueKind == JsonValueKind.String
                ? JsonSerializer.SerializeToUtf8Bytes(Vector(model, texts[0]), wire.JsonElement)
                : Write([.. texts.Select(text => Vector(model, text))], wire.IReadOnlyListJsonElement),
        };
    }

    private static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static IReadOnlyList<LabelScore> Best(IReadOnlyList<LabelScore> scores, int count) => [.. scores.Take(count)];

    private static byte[] Extract(IReadOnlyList<string> texts, int count)
    {
        var answers = TaskAnswers.Extract(texts[0], texts[1], count);
        return count > 1
            ? Write(answers, HuggingFaceJson.Wire.IReadOnlyListExtractedAnswer)
            : Write(answers.Count > 0 ? answers[0] : new ExtractedAnswer("", 0, 0, 0), HuggingFaceJson.Wire.ExtractedAnswer);
    }

    private static JsonElement Vector(SimulatedModel model, string text) => EmbeddingVector.Numbers(text, model.EmbeddingDimensions!.Value);

    /// <summary>Of a question its text and its context.</summary>
    private static IReadOnlyList<string> Texts(JsonElement inputs) => inputs.ValueKind switch
    {
        JsonValueKind.String => [inputs.GetString()!],
        JsonValueKind.Array => [.. inputs.EnumerateArray().Select(item => item.GetString()!)],
        _ => [Text(inputs, "question") ?? inputs.GetRawText(), Text(inputs, "context") ?? ""],
    };

    private static Refusal? Question(JsonElement inputs)
    {
        if (inputs.ValueKind != JsonValueKind.Object)
            return HuggingFaceErrors.Invalid("inputs", "value is not a valid dict with question and context");
        if (string.IsNullOrEmpty(Text(inputs, "question")))
            return HuggingFaceErrors.Invalid("inputs.question", "`question` cannot be empty");
        return string.IsNullOrEmpty(Text(inputs, "context")) ? HuggingFaceErrors.Invalid("inputs.context", "`context` cannot be empty") : null;
    }

    private static string? Text(JsonElement inputs, string name) =>
        inputs.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Parameters(JsonElement body) =>
        body.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object ? parameters : null;

    /// <summary>Those that generate() counts, whether directly or one level down.</summary>
    private static int? MaxOutput(JsonElement? given)
    {
        if (given is not { } parameters)
            return null;
        if (parameters.TryGetProperty("generate_parameters", out var nested) && nested.ValueKind == JsonValueKind.Object && MaxOutput(nested) is { } inner)
            return inner;
        return (parameters.TryGetProperty("max_new_tokens", out var limit) || parameters.TryGetProperty("max_length", out limit))
            && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt32(out var tokens) && tokens > 0
            ? tokens
            : null;
    }

    private static int TopK(JsonElement? parameters, int otherwise) =>
        parameters is { } given && given.TryGetProperty("top_k", out var top) ? top.GetInt32() : otherwise;

    private static IReadOnlyList<string> CandidateLabels(JsonElement parameters) =>
        [.. parameters.GetProperty("candidate_labels").EnumerateArray().Select(label => label.GetString()!)];

    private static bool IsMultiLabel(JsonElement parameters) => parameters.TryGetProperty("multi_label", out var multi) && multi.GetBoolean();

    private static bool IsGrouped(JsonElement? parameters) =>
        !(parameters is { } given && given.TryGetProperty("aggregation_strategy", out var strategy) && strategy.ValueEquals("none"));
}

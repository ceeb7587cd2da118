using System.Text.Json.Serialization;

namespace LlmBroker.Routing.Prediction;

/// <summary>What a model is, what it was made of and how good it is; the first part of its file.</summary>
public sealed record RoutingModelCard
{
    /// <summary>Of the model: its day, and a letter where a day has several.</summary>
    public required string Version { get; init; }

    /// <summary>What the training drew its order and its combinations from.</summary>
    public required int Seed { get; init; }

    /// <summary>Training rows by where they come from, with the licence of each.</summary>
    public required IReadOnlyList<RoutingModelSource> Sources { get; init; }

    /// <summary>Scores by what they were taken on.</summary>
    public IReadOnlyList<RoutingModelScore> Scores { get; init; } = [];

    /// <summary>How well the gain was told, by what it was taken on.</summary>
    public IReadOnlyList<RoutingModelGainScore> GainScores { get; init; } = [];

    /// <summary>What was tried and what it gave.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Of what a ledger taught it; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoutingModelLedger? Ledger { get; init; }
}

/// <summary>Rows of one origin.</summary>
/// <param name="Name">Of the source.</param>
/// <param name="Rows">How many.</param>
/// <param name="Licence">Under which they are.</param>
/// <param name="Weight">Of each in the training.</param>
public sealed record RoutingModelSource(string Name, int Rows, string Licence, double Weight);

/// <summary>How good a model trained in the same way was on prompts that it was not trained on.</summary>
/// <param name="On">What the prompts were.</param>
/// <param name="Rows">How many.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="MacroF1">The mean of F1 over the tasks that occur.</param>
/// <param name="CalibrationError">How far confidence is from the share of right answers, on average over ten bins.</param>
public sealed record RoutingModelScore(string On, int Rows, double Accuracy, double MacroF1, double CalibrationError);

/// <summary>How well models trained in the same way rank prompts by the gain of a large model (RouteLLM's measures; Ong et al. 2024).</summary>
/// <param name="On">What the prompts were.</param>
/// <param name="Rows">How many.</param>
/// <param name="Apgr">Average part of the gap between the two models that is recovered, over the share of large calls: 0.5 by chance.</param>
/// <param name="Cpt50">Share of large calls at which half the gap is recovered.</param>
/// <param name="Cpt80">The same for four fifths.</param>
/// <param name="CalibrationError">How far the expected gain is from the gain, on average over ten bins; null: on another scale.</param>
public sealed record RoutingModelGainScore(string On, int Rows, double Apgr, double Cpt50, double Cpt80, double? CalibrationError);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RoutingModelCard))]
internal sealed partial class RoutingModelCardJson : JsonSerializerContext;

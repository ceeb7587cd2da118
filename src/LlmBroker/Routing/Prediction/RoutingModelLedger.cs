namespace LlmBroker.Routing.Prediction;

/// <summary>What a model's correction of the gain was learnt from, and how it did on the days after, beside the model that ran then.</summary>
public sealed record RoutingModelLedger
{
    /// <summary>Version of the model that ran, whose gain is corrected.</summary>
    public required string BasedOn { get; init; }

    /// <summary>SHA-256 of its file, in hexadecimal.</summary>
    public required string BasedOnSha256 { get; init; }

    /// <summary>The day on which it was learnt, UTC.</summary>
    public required DateOnly TrainedOn { get; init; }

    /// <summary>Of the resamples, from which the intervals are.</summary>
    public required int Seed { get; init; }

    /// <summary>Acceptance of the oldest request that it learnt from.</summary>
    public required DateTimeOffset LearntFrom { get; init; }

    /// <summary>It learnt from what was accepted before; from here on it was measured.</summary>
    public required DateTimeOffset HeldOutFrom { get; init; }

    /// <summary>Acceptance of the youngest request that it was measured on.</summary>
    public required DateTimeOffset HeldOutUntil { get; init; }

    /// <summary>UTC days with a label that it learnt from.</summary>
    public required int Days { get; init; }

    /// <summary>Labels of cheap answers that it learnt from, by what said so: <c>cascade</c>, <c>verdict</c>, <c>score</c>.</summary>
    public required IReadOnlyDictionary<string, int> Labels { get; init; }

    /// <summary>Labels of the large model's answers that it learnt from.</summary>
    public required int LargeLabels { get; init; }

    /// <summary>Whether it was measured only on what a lot sent to the cheap model, and not on all that the running model sent there.</summary>
    public required bool ByLot { get; init; }

    /// <summary>The running model on the held-out days.</summary>
    public required RoutingModelLedgerScore Running { get; init; }

    /// <summary>This one on the same requests.</summary>
    public required RoutingModelLedgerScore Learnt { get; init; }

    /// <summary>Difference of <see cref="RoutingModelLedgerScore.Apgr"/>, this model less the running one, with the interval in which it lies at 95 %.</summary>
    public required RoutingModelDifference Apgr { get; init; }

    /// <summary>The same of <see cref="RoutingModelLedgerScore.Loss"/>; less is better.</summary>
    public required RoutingModelDifference Loss { get; init; }

    /// <summary>Whether it did better on the held-out days; false where it was written all the same.</summary>
    public required bool IsBetter { get; init; }
}

/// <summary>How well gains told bad cheap answers from good ones.</summary>
/// <param name="Rows">Labelled cheap answers.</param>
/// <param name="Bad">Those that were bad.</param>
/// <param name="Auc">The probability that a bad one had the larger gain; 0.5 by chance.</param>
/// <param name="Apgr">The mean part of the bad ones among the tenth, two tenths … of the requests with the largest gains; 0.55 by chance.</param>
/// <param name="Loss">The mean squared distance of the gain from what came of it.</param>
/// <param name="CalibrationError">How far the gain is from what came of it, on average over ten bins.</param>
public sealed record RoutingModelLedgerScore(int Rows, int Bad, double Auc, double Apgr, double Loss, double CalibrationError);

/// <summary>A difference and the interval in which it lies at 95 %, by the bootstrap.</summary>
/// <param name="Value">On the requests as they were.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">Its upper end.</param>
public sealed record RoutingModelDifference(double Value, double Low, double High);

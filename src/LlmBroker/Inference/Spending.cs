using LlmBroker.Contracts;

namespace LlmBroker.Inference;

/// <summary>What a request has cost so far, over all runs.</summary>
/// <param name="Attempts">Vendor calls.</param>
/// <param name="KnownUsd">Sum of the known costs.</param>
/// <param name="PriceUnknown">At least one call has no known cost.</param>
internal readonly record struct Spending(int Attempts, decimal KnownUsd, bool PriceUnknown)
{
    /// <summary>Null when not all of it is known: an unknown price is never 0.</summary>
    public decimal? CostUsd => PriceUnknown ? null : KnownUsd;

    public PriceStatus PriceStatus => PriceUnknown ? PriceStatus.Unknown : PriceStatus.Known;

    public static Spending Of(RunInference run) => new(run.Attempts, run.SpentUsd, run.CostUnknown);

    /// <summary>The run as it travels on with that.</summary>
    public RunInference CarriedBy(RunInference run) => run with { Attempts = Attempts, SpentUsd = KnownUsd, CostUnknown = PriceUnknown };

    public Spending Plus(decimal? costUsd) => this with { KnownUsd = KnownUsd + (costUsd ?? 0), PriceUnknown = PriceUnknown || costUsd is null };
}

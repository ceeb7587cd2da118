namespace LlmBroker.Routing.Policies;

/// <summary>
/// The expected gains of what a policy decided lately, so that a share means a share of its own traffic. Counted in <see cref="Bins"/> steps;
/// what is old is halved away. It begins with the reference mix of the routing model, which is dropped after <see cref="ReferenceWeight"/> requests.
/// Thread safe.
/// </summary>
internal sealed class GainHistory
{
    public const int Bins = 200;

    /// <summary>Weight of the reference mix, in requests.</summary>
    private const int ReferenceWeight = 200;

    /// <summary>When so many are counted, all counts are halved.</summary>
    private const double Memory = 5000;

    private readonly Lock gate = new();
    private readonly double[] counts = new double[Bins];
    private readonly double[] dearer = new double[Bins];
    private readonly double[] pricedIn = new double[Bins];
    private double[]? reference = new double[Bins];
    private double total;
    private int seen;
    private double cheapUsd;
    private double largeUsd;
    private double priced;

    /// <param name="thresholdFor">The gain that a share of the reference mix has, or more.</param>
    public GainHistory(Func<double, float> thresholdFor)
    {
        for (var bin = 0; bin < Bins; bin++)
            reference[BinOf(thresholdFor((bin + 0.5) / Bins))] += (double)ReferenceWeight / Bins;
        reference.CopyTo(counts, 0);
        total = ReferenceWeight;
    }

    /// <summary>Counts a request.</summary>
    /// <param name="gain">0 to 1.</param>
    /// <param name="cheap">What it may cost on the cheap model in USD; null: unknown.</param>
    /// <param name="large">On the large model.</param>
    public void Add(double gain, decimal? cheap, decimal? large)
    {
        var at = BinOf(gain);
        lock (gate)
        {
            counts[at]++;
            if (cheap is { } less && large is { } more)
            {
                dearer[at] += (double)(more - less);
                pricedIn[at]++;
                cheapUsd += (double)less;
                largeUsd += (double)more;
                priced++;
            }

            if (++seen == ReferenceWeight)
                DropReference();
            if (++total < Memory)
                return;

            total = 0;
            for (var bin = 0; bin < Bins; bin++)
            {
                total += counts[bin] /= 2;
                dearer[bin] /= 2;
                pricedIn[bin] /= 2;
            }

            cheapUsd /= 2;
            largeUsd /= 2;
            priced /= 2;
        }
    }

    /// <summary>The cut above which a part of the requests lies.</summary>
    /// <param name="share">0 to 1.</param>
    public GainCut ForShare(double share)
    {
        lock (gate)
            return Cut(counts, share * total);
    }

    /// <summary>The cut above which requests hold a part of all the gain there is.</summary>
    /// <param name="part">0 to 1.</param>
    public GainCut ForGain(double part)
    {
        Span<double> gains = stackalloc double[Bins];
        lock (gate)
        {
            var sum = 0.0;
            for (var bin = 0; bin < Bins; bin++)
                sum += gains[bin] = counts[bin] * MiddleOf(bin);
            return Cut(gains, part * sum);
        }
    }

    /// <summary>The cut with which requests cost so much on average.</summary>
    /// <param name="usd">For a request, in USD.</param>
    public GainCut ForAverage(double usd)
    {
        Span<double> costs = stackalloc double[Bins];
        lock (gate)
        {
            // Where no price is known yet, nothing is spent on the large model.
            if (priced == 0 || usd * priced < cheapUsd)
                return GainCut.None;
            var average = (largeUsd - cheapUsd) / priced;
            if (average <= 0)
                return GainCut.All;

            // Requests with a large gain are often the long ones: each step has its own price, those of the reference mix the average.
            for (var bin = 0; bin < Bins; bin++)
                costs[bin] = counts[bin] * (pricedIn[bin] > 0 ? Math.Max(0, dearer[bin] / pricedIn[bin]) : average);
            return Cut(costs, (usd - (cheapUsd / priced)) * total);
        }
    }

    private void DropReference()
    {
        for (var bin = 0; bin < Bins; bin++)
            counts[bin] -= reference![bin];
        total -= ReferenceWeight;
        reference = null;
    }

    private static GainCut Cut(ReadOnlySpan<double> worth, double wanted)
    {
        for (var bin = Bins - 1; bin >= 0; bin--)
        {
            var here = worth[bin];
            if (here > 0 && here >= wanted)
                return new GainCut(bin, wanted / here);
            wanted -= here;
        }

        return GainCut.All;
    }

    public static int BinOf(double gain) => Math.Clamp((int)(gain * Bins), 0, Bins - 1);

    private static double MiddleOf(int bin) => (bin + 0.5) / Bins;
}

/// <summary>Where large begins: above a step of the gain, and for a part of the requests on it.</summary>
/// <param name="Bin">The step.</param>
/// <param name="Part">Of those on the step, 0 to 1.</param>
internal readonly record struct GainCut(int Bin, double Part)
{
    public static GainCut All { get; } = new(0, 1);
    public static GainCut None { get; } = new(GainHistory.Bins - 1, 0);

    /// <summary>The gain at the step, to be shown.</summary>
    public double Gain => (double)Bin / GainHistory.Bins;

    /// <param name="gain">Of the request.</param>
    /// <param name="lot">The request's own number from 0 to below 1.</param>
    public bool IsAbove(double gain, double lot) =>
        GainHistory.BinOf(gain) is var bin && (bin > Bin || (bin == Bin && lot < Part));
}

using System.Globalization;

namespace LlmBroker.Benchmarks.Chaos;

/// <param name="Seed">Everything that is drawn follows from it, but for what the machine's timing decides.</param>
/// <param name="Requests">Different request ids; more where a fault would otherwise find too few calls in flight.</param>
/// <param name="Kills">Processes ended by <c>kill -9</c>; those that only stop for a while, drain or die at a crash point come on top.</param>
/// <param name="Json">Close with one JSON object.</param>
/// <param name="Keep">Leave the folder with the logs.</param>
internal sealed record ChaosOptions(int Seed, int Requests, int Kills, bool Json, bool Keep)
{
    public const string Usage = "chaos [--seed N] [--requests R] [--kills K] [--json] [--keep]";

    /// <summary>Short enough to be run with the tests.</summary>
    public bool IsShort => Requests < 10_000;

    /// <summary>Deadline of a request that brings none.</summary>
    public TimeSpan Deadline => TimeSpan.FromSeconds(IsShort ? 45 : 75);

    /// <summary>Time to an answer of the vendor: few requests must take longer to keep a hundred calls in flight.</summary>
    public int VendorMilliseconds => IsShort ? 1500 : 1000;

    /// <summary>Requests without a reply at a time.</summary>
    public int MostUnanswered => IsShort ? 500 : 1500;

    public static ChaosOptions Parse(string[] options)
    {
        int Number(string name, int otherwise) =>
            Array.IndexOf(options, name) is var at and >= 0 ? int.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
        return new ChaosOptions(
            Number("--seed", Random.Shared.Next(1_000_000)),
            Number("--requests", 1600),
            Number("--kills", 6),
            options.Contains("--json"),
            options.Contains("--keep"));
    }
}

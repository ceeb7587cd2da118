using System.Globalization;

namespace LlmBroker.Benchmarks;

/// <param name="Requests">Per round and contender.</param>
/// <param name="Rounds">Interleaved rounds, after one warm-up of each.</param>
/// <param name="Json">Close with one JSON object.</param>
internal sealed record PipelineOptions(int Requests, int Rounds, bool Json)
{
    public static PipelineOptions Parse(string[] options)
    {
        int Number(string name, int otherwise) =>
            Array.IndexOf(options, name) is var at and >= 0 ? int.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
        return new PipelineOptions(Number("--requests", 6000), Number("--rounds", 4), options.Contains("--json"));
    }
}

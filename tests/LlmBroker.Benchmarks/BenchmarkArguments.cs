using System.Globalization;

namespace LlmBroker.Benchmarks;

/// <summary>Reads <c>--name value</c> and <c>--name</c> of a benchmark.</summary>
internal sealed class BenchmarkArguments(string[] words)
{
    public int Number(string name, int otherwise) =>
        Array.IndexOf(words, name) is var at and >= 0 && at + 1 < words.Length
            ? int.Parse(words[at + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : otherwise;

    public bool Has(string name) => words.Contains(name);
}

using System.Text.Json;

namespace LlmBroker.Training;

/// <summary>
/// Reads JSON lines with the members <c>prompt</c>, <c>benchmark</c>, <c>strong</c> and <c>weak</c>, and, where there are more models, <c>scores</c>.
/// </summary>
internal static class GainExampleFile
{
    /// <exception cref="InvalidDataException">A line that is none of these; it is named.</exception>
    public static IReadOnlyList<GainExample> Read(string path)
    {
        using var reader = File.OpenText(path);
        return [.. Read(reader, Path.GetFileName(path))];
    }

    public static IEnumerable<GainExample> Read(TextReader reader, string name)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
                yield return Parse(line, name, number);
        }
    }

    private static GainExample Parse(string line, string name, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var members = json.RootElement;
            var benchmark = members.GetProperty("benchmark").GetString()!;
            return new GainExample(
                members.GetProperty("prompt").GetString()!,
                benchmark,
                members.TryGetProperty("source", out var source) ? source.GetString()! : benchmark,
                Score(members.GetProperty("strong")),
                Score(members.GetProperty("weak")),
                members.TryGetProperty("scores", out var scores)
                    ? scores.EnumerateObject().ToDictionary(score => score.Name, score => Score(score.Value))
                    : new Dictionary<string, double>());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{name}, line {number}: {exception.Message}", exception);
        }
    }

    /// <summary>MT-Bench and its like give points to 10; only differences and their order count.</summary>
    private static double Score(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? (value.GetBoolean() ? 1 : 0) : value.GetDouble();
}

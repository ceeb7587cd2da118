namespace LlmBroker.Tests.Providers.HuggingFace;

/// <summary>One line of <c>phrasings.txt</c>.</summary>
/// <param name="Target">Null: must be declined.</param>
internal sealed record Phrasing(string Line, string? Target, string Text, string? System, IReadOnlyList<string> Messages)
{
    private const string Separator = " ¦ ";

    public static IReadOnlyList<Phrasing> ReadAll() =>
        [.. File.ReadLines(Repository.PathOf("tests", "LlmBroker.Tests", "Providers", "HuggingFace", "phrasings.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(Read)];

    private static Phrasing Read(string line)
    {
        var fields = line.Split(Separator, line.StartsWith('-') ? 2 : 3);
        var asked = fields[^1].Replace("\\n", "\n", StringComparison.Ordinal).Split(" ¦¦ ");
        var system = asked[0].StartsWith("S: ", StringComparison.Ordinal) ? asked[0][3..] : null;
        IReadOnlyList<string> messages = asked.Length == 1 ? asked : system is not null ? [asked[1]] : [asked[0]["U: ".Length..], asked[1]];
        return new Phrasing(
            line, fields[0] == "-" ? null : fields[0], fields.Length == 3 ? fields[1].Replace("\\n", "\n", StringComparison.Ordinal) : "", system, messages);
    }
}

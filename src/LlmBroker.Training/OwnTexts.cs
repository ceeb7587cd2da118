using System.Text.Json;
using LlmBroker.Routing;

namespace LlmBroker.Training;

/// <summary>
/// The text that was written for the training: whole prompts, and instructions that are put together with passages. It comes with the
/// program, under its licence.
/// </summary>
internal static class OwnTexts
{
    /// <summary>The source of what is put together.</summary>
    public const string Composed = "composed";

    private const string Text = "{t}";

    private static readonly string[] Files = ["en-short.jsonl", "en-long.jsonl", "zh.jsonl", "east.jsonl", "west.jsonl"];

    public static IEnumerable<TaskExample> Prompts() => Files.SelectMany(Prompts);

    /// <summary>The prompts with a judgement of how much better a large model answers, 0 (not at all) to 4.</summary>
    public static IEnumerable<(TaskExample Example, double Gain)> JudgedGains() =>
        Files.SelectMany(file => Lines(file).Zip(Prompts(file), (line, example) => (example, line.GetProperty("gain").GetDouble())));

    /// <summary>Each instruction with some passages of its language; a translation's may be in another.</summary>
    public static IEnumerable<TaskExample> Compose(int passagesEach, Random random)
    {
        var passages = Lines("passages.jsonl").Select(line => (Language: line.GetProperty("lang").GetString()!, Text: line.GetProperty("text").GetString()!)).ToArray();
        var byLanguage = passages.ToLookup(passage => passage.Language);
        foreach (var instruction in Lines("instructions.jsonl"))
        {
            var label = instruction.GetProperty("label").GetString();
            if (!TaskKinds.TryParse(label, out var task))
                throw new InvalidDataException($"instructions.jsonl: '{label}' is no task.");
            var language = instruction.GetProperty("lang").GetString()!;
            var own = byLanguage.Contains(language) ? byLanguage[language].ToArray() : passages;
            for (var i = 0; i < passagesEach; i++)
            {
                var pool = task == TaskKind.Translation && random.Next(2) == 0 ? passages : own;
                var prompt = instruction.GetProperty("text").GetString()!.Replace(Text, pool[random.Next(pool.Length)].Text, StringComparison.Ordinal);
                yield return new TaskExample(prompt, task, Composed, language);
            }
        }
    }

    private static IEnumerable<TaskExample> Prompts(string file)
    {
        using var reader = Open(file);
        foreach (var example in TaskExampleFile.Read(reader, file))
            yield return example;
    }

    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var reader = Open(file);
        while (reader.ReadLine() is { } line)
            yield return JsonElement.Parse(line);
    }

    private static StreamReader Open(string file) => new(
        typeof(OwnTexts).Assembly.GetManifestResourceStream(file) ?? throw new InvalidOperationException($"The training text {file} is missing from the assembly."));
}

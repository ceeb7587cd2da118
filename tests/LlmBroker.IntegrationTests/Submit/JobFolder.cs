using System.Text.Json;

namespace LlmBroker.IntegrationTests.Submit;

/// <summary>A folder with an input of so many lines, and what <c>submit</c> leaves in it.</summary>
internal sealed class JobFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-submit-");

    public JobFolder(int lines) =>
        File.WriteAllLines(Input, Enumerable.Range(1, lines).Select(number => $$"""{"custom_id":"line-{{number}}","messages":[{"role":"user","content":"Translate {{number}}: good morning"}]}"""));

    public string Input => Path.Join(folder.FullName, "in.jsonl");

    public string Output => Path.Join(folder.FullName, "out.jsonl");

    public string Errors => Path.Join(folder.FullName, "out.errors.jsonl");

    public string Journal => Output + ".journal";

    public string[] Submit(params string[] more) => ["submit", Input, "--out", Output, "--json", .. more];

    public int AnsweredLines => File.Exists(Output) ? ReadShared(Output).Count(letter => letter == '\n') : 0;

    public static IReadOnlyList<string> IdsIn(string path) =>
        [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("custom_id").GetString()!)];

    /// <summary>Each line of the input has exactly one line in the output, and the job is cleared up.</summary>
    public void AssertAllAnswered(int lines)
    {
        Assert.Equal(Enumerable.Range(1, lines).Select(number => $"line-{number}").Order(StringComparer.Ordinal), IdsIn(Output).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Errors), "There is an errors file.");
        Assert.False(File.Exists(Journal), "The journal is left.");
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}

using System.Text.Json;
using LlmBroker.Routing;

namespace LlmBroker.Training;

/// <summary>Reads JSON lines with the members <c>prompt</c>, <c>label</c>, <c>lang</c> and, where they come from several, <c>source</c>.</summary>
internal static class TaskExampleFile
{
    /// <exception cref="InvalidDataException">A line that is none of these; it is named.</exception>
    public static IReadOnlyList<TaskExample> Read(string path)
    {
        using var reader = File.OpenText(path);
        return [.. Read(reader, Path.GetFileName(path))];
    }

    public static IEnumerable<TaskExample> Read(TextReader reader, string name)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
                yield return Parse(line, name, number);
        }
    }

    private static TaskExample Parse(string line, string name, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var members = json.RootElement;
            var label = members.GetProperty("label").GetString();
            if (!TaskKinds.TryParse(label, out var task) || task == TaskKind.Unknown)
                throw new InvalidDataException($"{name}, line {number}: '{label}' is no task.");
            return new TaskExample(
                members.GetProperty("prompt").GetString()!,
                task,
                members.TryGetProperty("source", out var source) ? source.GetString()! : Path.GetFileNameWithoutExtension(name),
                members.TryGetProperty("lang", out var language) ? language.GetString()! : "");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{name}, line {number}: {exception.Message}", exception);
        }
    }
}

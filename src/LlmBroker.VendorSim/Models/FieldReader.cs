using System.Text.Json;

namespace LlmBroker.Simulation.Models;

/// <summary>
/// Reads the fields of one JSON object and collects what is wrong instead of stopping at the first fault, as a deserializer would.
/// </summary>
internal sealed class FieldReader(JsonElement element, string at, string path, List<string> faults)
{
    private readonly HashSet<string> _known = [];

    public string? Text(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : Wrong<string>(name, "a string", value);

    public int? Integer(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : WrongValue<int>(name, "a whole number", value);

    public double? Number(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : WrongValue<double>(name, "a number", value);

    public bool? Flag(string name) =>
        Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : WrongValue<bool>(name, "true or false", value);

    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && Names<T>().TryGetValue(value.GetString()!, out var choice))
            return choice;
        return WrongValue<T>(name, $"one of {string.Join(", ", Names<T>().Keys)}", value);
    }

    public IReadOnlyList<string>? Texts(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        return Wrong<IReadOnlyList<string>>(name, "a list of strings", value);
    }

    public FieldReader? Section(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return new FieldReader(value, at, $"{path}{name}.", faults);
        return Wrong<FieldReader>(name, "an object", value);
    }

    public IReadOnlyList<FieldReader>? Sections(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object))
            return [.. value.EnumerateArray().Select((item, index) => new FieldReader(item, at, $"{path}{name}[{index}].", faults))];
        return Wrong<IReadOnlyList<FieldReader>>(name, "a list of objects", value);
    }

    /// <summary>To call last: whatever was not asked for is a misspelt field.</summary>
    public void RefuseOthers()
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
                faults.Add($"{at}: {path}{property.Name} is not a field here; known are {string.Join(", ", _known)}");
        }
    }

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T? Wrong<T>(string name, string expected, JsonElement value)
        where T : class
    {
        faults.Add($"{at}: {path}{name} must be {expected}, but is {value.GetRawText()}");
        return null;
    }

    private T? WrongValue<T>(string name, string expected, JsonElement value)
        where T : struct
    {
        faults.Add($"{at}: {path}{name} must be {expected}, but is {value.GetRawText()}");
        return null;
    }

    private static Dictionary<string, T> Names<T>()
        where T : struct, Enum => EnumNames.Of<T>().ToDictionary(pair => pair.Value, pair => pair.Key);
}

using System.Text.Json;

namespace LlmBroker.Tests.Simulation;

/// <summary>Checks JSON against the shapes of an AWS service model, strictly: what the model does not know is a fault.</summary>
internal sealed class AwsShapes(JsonElement model)
{
    public static async Task<AwsShapes> LoadAsync(string path, CancellationToken cancellationToken) =>
        new(JsonElement.Parse(await File.ReadAllTextAsync(path, cancellationToken)));

    /// <summary>The members of an operation's answer or question that travel in the body.</summary>
    public List<string> Faults(string shape, JsonElement value)
    {
        var faults = new List<string>();
        Check(shape, value, "$", faults);
        return faults;
    }

    /// <summary>The status of an exception, or null when there is none of that name.</summary>
    public int? StatusOf(string exception) =>
        Shapes.TryGetProperty(exception, out var shape) && shape.TryGetProperty("error", out var error)
            ? error.GetProperty("httpStatusCode").GetInt32()
            : null;

    private JsonElement Shapes => model.GetProperty("shapes");

    private void Check(string name, JsonElement value, string at, List<string> faults)
    {
        var shape = Shapes.GetProperty(name);
        switch (shape.GetProperty("type").GetString())
        {
            case "structure" when shape.TryGetProperty("document", out var document) && document.GetBoolean():
                // Any JSON.
                break;
            case "structure":
                Structure(name, shape, value, at, faults);
                break;
            case "list":
                if (!Is(JsonValueKind.Array, value, at, faults))
                    break;
                Bounds(shape, value.GetArrayLength(), "items", at, faults);
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Check(shape.GetProperty("member").GetProperty("shape").GetString()!, item, $"{at}[{index++}]", faults);
                break;
            case "map":
                if (!Is(JsonValueKind.Object, value, at, faults))
                    break;
                foreach (var entry in value.EnumerateObject())
                    Check(shape.GetProperty("value").GetProperty("shape").GetString()!, entry.Value, $"{at}.{entry.Name}", faults);
                break;
            case "string":
                if (!Is(JsonValueKind.String, value, at, faults))
                    break;
                Bounds(shape, value.GetString()!.Length, "characters", at, faults);
                if (shape.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(item => item.ValueEquals(value.GetString())))
                    faults.Add($"{at}: {value} is not in the enum of {name}");
                break;
            case "integer" or "long":
                if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
                    faults.Add($"{at}: {value.GetRawText()} is no whole number");
                else
                    Bounds(shape, number, "", at, faults);
                break;
            case "float" or "double":
                if (Is(JsonValueKind.Number, value, at, faults))
                    Bounds(shape, value.GetDouble(), "", at, faults);
                break;
            case "boolean":
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                    faults.Add($"{at}: {value.GetRawText()} is no boolean");
                break;
            case "blob":
                if (Is(JsonValueKind.String, value, at, faults) && !value.TryGetBytesFromBase64(out _))
                    faults.Add($"{at}: is no base64");
                break;
            case var type:
                faults.Add($"{at}: shape {name} has the unknown type {type}");
                break;
        }
    }

    private void Structure(string name, JsonElement shape, JsonElement value, string at, List<string> faults)
    {
        if (!Is(JsonValueKind.Object, value, at, faults))
            return;
        var members = shape.GetProperty("members");
        if (shape.TryGetProperty("required", out var required))
        {
            foreach (var member in required.EnumerateArray().Select(item => item.GetString()!))
            {
                var isInBody = !members.GetProperty(member).TryGetProperty("location", out _);
                if (isInBody && !value.TryGetProperty(member, out _))
                    faults.Add($"{at}: {member} is missing, which {name} requires");
            }
        }

        if (shape.TryGetProperty("union", out var union) && union.GetBoolean() && value.EnumerateObject().Count() != 1)
            faults.Add($"{at}: the union {name} has {value.EnumerateObject().Count()} members");
        foreach (var property in value.EnumerateObject())
        {
            if (members.TryGetProperty(property.Name, out var member))
                Check(member.GetProperty("shape").GetString()!, property.Value, $"{at}.{property.Name}", faults);
            else
                faults.Add($"{at}: {property.Name} is no member of {name}");
        }
    }

    private static bool Is(JsonValueKind kind, JsonElement value, string at, List<string> faults)
    {
        if (value.ValueKind == kind)
            return true;
        faults.Add($"{at}: {value.GetRawText()} is no {kind}");
        return false;
    }

    private static void Bounds(JsonElement shape, double value, string what, string at, List<string> faults)
    {
        if (shape.TryGetProperty("min", out var least) && value < least.GetDouble())
            faults.Add($"{at}: {value} {what} are under {least}");
        if (shape.TryGetProperty("max", out var most) && value > most.GetDouble())
            faults.Add($"{at}: {value} {what} are over {most}");
    }
}

using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LlmBroker.Tests.Schemas;

/// <summary>Summaries from the documentation file beside an assembly, as Markdown.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> members;

    public XmlDocumentation(params IEnumerable<Assembly> assemblies) =>
        members = assemblies
            .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
            .ToDictionary(member => member.Attribute("name")!.Value);

    public string? SummaryOf(Type type) => Find($"T:{type.FullName}");

    public string? SummaryOf(PropertyInfo property) => Find($"P:{property.DeclaringType!.FullName}.{property.Name}");

    private string? Find(string name) =>
        members.GetValueOrDefault(name)?.Element("summary") is { } summary ? Spaces().Replace(TextOf(summary), " ").Trim() : null;

    private static string TextOf(XElement element) => string.Concat(element.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => $"`{NameOf(see.Attribute("cref")!.Value)}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement inner => TextOf(inner),
        _ => "",
    }));

    // Members by their JSON names; enum members and types by their own.
    private static string NameOf(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

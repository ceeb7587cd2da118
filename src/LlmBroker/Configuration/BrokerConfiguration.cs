using System.Collections;
using System.Text.Json.Nodes;

namespace LlmBroker.Configuration;

/// <summary>
/// The checked configuration of a process: <c>llmbroker.json</c> with environment variables over it, and over those what operators
/// changed at run time.
/// </summary>
internal sealed class BrokerConfiguration
{
    public const string FileVariable = "LLMBROKER_CONFIG";
    public const string DefaultFile = "llmbroker.json";

    private readonly Origin origin;

    private BrokerConfiguration(BrokerOptions options, SecretResolver secrets, JsonObject tree, Origin origin)
    {
        this.origin = origin;
        Options = options;
        Secrets = secrets;
        Tree = tree;
        Source = origin.Source;
        Warnings = BrokerOptionsWarnings.Find(options);
    }

    public BrokerOptions Options { get; }

    public SecretResolver Secrets { get; }

    /// <summary>Where the configuration came from, for people.</summary>
    public string Source { get; }

    public IReadOnlyList<ConfigurationFinding> Warnings { get; }

    /// <summary>What is written: file, environment and overrides together. Not to be changed.</summary>
    public JsonObject Tree { get; }

    /// <summary>The file that can be read again; null when the configuration came from elsewhere.</summary>
    public string? File => origin.File;

    /// <summary>The text that this configuration was made from, without environment and overrides.</summary>
    public string Text => origin.Text;

    /// <summary>Loads with the variables of this process.</summary>
    /// <inheritdoc cref="Load(string?, IReadOnlySet{string}, ConfigurationNeeds, IReadOnlyDictionary{string, string})"/>
    public static BrokerConfiguration Load(string? path, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs)
    {
        var environment = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => entry.Value as string ?? "", StringComparer.Ordinal);
        return Load(path, providerTypes, needs, environment);
    }

    /// <summary>
    /// Reads the file at <paramref name="path"/>, else the one that <c>LLMBROKER_CONFIG</c> names, else <c>./llmbroker.json</c>; only the
    /// last may be absent, then the environment is all there is.
    /// </summary>
    /// <exception cref="BrokerConfigurationException">There are faults; it holds all of them.</exception>
    public static BrokerConfiguration Load(
        string? path, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs, IReadOnlyDictionary<string, string> environment)
    {
        var named = string.IsNullOrEmpty(path) ? environment.GetValueOrDefault(FileVariable) : path;
        var file = Path.GetFullPath(string.IsNullOrEmpty(named) ? DefaultFile : named);
        if (string.IsNullOrEmpty(named) && !System.IO.File.Exists(file))
            return Parse("{}", $"environment only, there is no {file}", providerTypes, needs, environment);
        return Parse(new Origin(ReadFile(file), file, file, providerTypes, needs, environment), []);
    }

    /// <summary>The same for text at hand.</summary>
    /// <exception cref="BrokerConfigurationException">There are faults; it holds all of them.</exception>
    public static BrokerConfiguration Parse(
        string json, string source, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs, IReadOnlyDictionary<string, string> environment) =>
        Parse(new Origin(json, source, null, providerTypes, needs, environment), []);

    /// <summary>The same file and environment with overrides over them. Secrets are read anew.</summary>
    /// <param name="overrides">The oldest first.</param>
    /// <param name="text">The file's text as it is now; null: as it was.</param>
    /// <exception cref="BrokerConfigurationException">There are faults; it holds all of them.</exception>
    public BrokerConfiguration With(IReadOnlyList<ConfigurationOverride> overrides, string? text = null) =>
        Parse(origin with { Text = text ?? origin.Text }, overrides);

    /// <summary>The text of <see cref="File"/> as it is now.</summary>
    /// <exception cref="BrokerConfigurationException">It cannot be read.</exception>
    public string ReadAgain() => origin.File is { } file ? ReadFile(file) : origin.Text;

    private static BrokerConfiguration Parse(Origin origin, IReadOnlyList<ConfigurationOverride> overrides)
    {
        var faults = new List<ConfigurationFinding>();
        var tree = ConfigurationDocument.Read(origin.Text, faults);
        // Rules between members mean nothing when the text could not be read.
        if (faults.Any(fault => fault.Path.Length == 0))
            throw new BrokerConfigurationException(origin.Source, faults);

        var variables = EnvironmentOverlay.Apply(tree, origin.Environment, faults);
        OverrideOverlay.Apply(tree, overrides, faults);
        var options = ConfigurationBinder.Bind(tree, faults);
        var secrets = new SecretResolver(origin.Environment);
        var unreadable = faults.Select(fault => fault.Path).ToArray();
        faults.AddRange(BrokerOptionsValidator.Validate(options, origin.ProviderTypes, origin.Needs)
            .Concat(ReferenceValidator.Validate(options, secrets, origin.Needs))
            .Where(fault => !unreadable.Any(path => ConfigurationPath.IsAtOrBelow(fault.Path, path))));
        if (faults.Count > 0)
            throw new BrokerConfigurationException(origin.Source, [.. faults.Select(fault => NameOrigin(fault, variables, overrides))]);

        return new BrokerConfiguration(options, secrets, tree, origin);
    }

    private static string ReadFile(string file)
    {
        try
        {
            return System.IO.File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BrokerConfigurationException(file, [new("", $"the file does not exist; correct the path or {FileVariable}")]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BrokerConfigurationException(file, [new("", "it cannot be read; check that it is a file and that this user may read it")]);
        }
    }

    private static ConfigurationFinding NameOrigin(
        ConfigurationFinding fault, IReadOnlyDictionary<string, string> variables, IReadOnlyList<ConfigurationOverride> overrides)
    {
        if (overrides.LastOrDefault(change => ConfigurationPath.IsAtOrBelow(fault.Path, change.Path)) is { } change)
            return fault with { Text = $"{fault.Text} (override by {change.ChangedBy})" };
        return variables.TryGetValue(fault.Path, out var variable) ? fault with { Text = $"{fault.Text} (set by {variable})" } : fault;
    }

    private sealed record Origin(
        string Text,
        string Source,
        string? File,
        IReadOnlySet<string> ProviderTypes,
        ConfigurationNeeds Needs,
        IReadOnlyDictionary<string, string> Environment);
}

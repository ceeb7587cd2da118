using System.Collections;

namespace LlmBroker.Configuration;

/// <summary>The checked configuration of a process: <c>llmbroker.json</c> with environment variables over it.</summary>
internal sealed class BrokerConfiguration
{
    public const string FileVariable = "LLMBROKER_CONFIG";
    public const string DefaultFile = "llmbroker.json";

    private BrokerConfiguration(BrokerOptions options, SecretResolver secrets, string source)
    {
        Options = options;
        Secrets = secrets;
        Source = source;
        Warnings = BrokerOptionsWarnings.Find(options);
    }

    public BrokerOptions Options { get; }

    public SecretResolver Secrets { get; }

    /// <summary>Where the configuration came from, for people.</summary>
    public string Source { get; }

    public IReadOnlyList<ConfigurationFinding> Warnings { get; }

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
        if (string.IsNullOrEmpty(named) && !File.Exists(file))
            return Parse("{}", $"environment only, there is no {file}", providerTypes, needs, environment);
        return Parse(ReadFile(file), file, providerTypes, needs, environment);
    }

    /// <summary>The same for text at hand.</summary>
    /// <exception cref="BrokerConfigurationException">There are faults; it holds all of them.</exception>
    public static BrokerConfiguration Parse(
        string json, string source, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs, IReadOnlyDictionary<string, string> environment)
    {
        var faults = new List<ConfigurationFinding>();
        var tree = ConfigurationDocument.Read(json, faults);
        // Rules between members mean nothing when the text could not be read.
        if (faults.Any(fault => fault.Path.Length == 0))
            throw new BrokerConfigurationException(source, faults);

        var origins = EnvironmentOverlay.Apply(tree, environment, faults);
        var options = ConfigurationBinder.Bind(tree, faults);
        var secrets = new SecretResolver(environment);
        var unreadable = faults.Select(fault => fault.Path).ToArray();
        faults.AddRange(BrokerOptionsValidator.Validate(options, providerTypes, needs)
            .Concat(ReferenceValidator.Validate(options, secrets, needs))
            .Where(fault => !unreadable.Any(path => ConfigurationPath.IsAtOrBelow(fault.Path, path))));

        if (faults.Count > 0)
            throw new BrokerConfigurationException(source, [.. faults.Select(fault => NameOrigin(fault, origins))]);
        return new BrokerConfiguration(options, secrets, source);
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
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

    private static ConfigurationFinding NameOrigin(ConfigurationFinding fault, IReadOnlyDictionary<string, string> origins) =>
        origins.TryGetValue(fault.Path, out var variable) ? fault with { Text = $"{fault.Text} (set by {variable})" } : fault;
}

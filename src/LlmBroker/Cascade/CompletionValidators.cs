namespace LlmBroker.Cascade;

/// <summary>The validators of this process by their names; of two of one name the later registered one.</summary>
internal sealed class CompletionValidators
{
    private readonly Dictionary<string, ICompletionValidator> byName = new(StringComparer.Ordinal);

    public CompletionValidators(IEnumerable<CompletionValidatorType> types, IServiceProvider services)
    {
        foreach (var type in types)
            byName[type.Name] = type.Create(services);
    }

    public ICompletionValidator? Find(string name) => byName.GetValueOrDefault(name);
}

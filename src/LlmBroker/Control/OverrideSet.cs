using LlmBroker.Configuration;

namespace LlmBroker.Control;

/// <summary>The overrides in force.</summary>
/// <param name="Revision">Of the newest change; 0: there was none.</param>
/// <param name="Overrides">The oldest first.</param>
internal sealed record OverrideSet(long Revision, IReadOnlyList<ConfigurationOverride> Overrides)
{
    public static readonly OverrideSet Empty = new(0, []);
}

namespace LlmBroker.Providers;

/// <summary>The words for capabilities in configuration, reasons and tables.</summary>
internal static class CapabilityNames
{
    private static readonly (ModelCapabilities Capability, string Name)[] s_all =
    [
        .. Enum.GetValues<ModelCapabilities>()
            .Where(capability => System.Numerics.BitOperations.IsPow2((int)capability))
            .Select(capability => (capability, char.ToLowerInvariant(capability.ToString()[0]) + capability.ToString()[1..])),
    ];

    public static IReadOnlyList<(ModelCapabilities Capability, string Name)> All => s_all;

    /// <summary>Reads one word.</summary>
    public static bool TryParse(string name, out ModelCapabilities capability)
    {
        foreach (var (one, word) in s_all)
        {
            if (word == name)
            {
                capability = one;
                return true;
            }
        }

        capability = ModelCapabilities.None;
        return false;
    }

    /// <summary>The words of a set, e.g. <c>tools, vision</c>.</summary>
    public static string Of(ModelCapabilities set) =>
        string.Join(", ", s_all.Where(one => set.HasFlag(one.Capability)).Select(one => one.Name));
}

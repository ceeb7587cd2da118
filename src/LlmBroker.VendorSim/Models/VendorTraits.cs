using System.Collections.Frozen;

namespace LlmBroker.Simulation.Models;

/// <summary>What the models file may say of a vendor's models, where vendors differ.</summary>
internal sealed record VendorTraits
{
    private static readonly FrozenDictionary<Vendor, VendorTraits> All = new Dictionary<Vendor, VendorTraits>
    {
        [Vendor.OpenAi] = OpenAi(),
        [Vendor.Azure] = OpenAi(),
        [Vendor.Anthropic] = new()
        {
            HasSplitTokenLimits = true,
            HasEmbeddings = false,
            HasCacheWrites = true,
            Faults = [FaultKind.ContentFilter, FaultKind.Overloaded],
        },
        [Vendor.Bedrock] = new()
        {
            HasTokenLimit = true,
            HasCacheWrites = true,
            Faults = [FaultKind.ContentFilter, FaultKind.ContentFilterFinish, FaultKind.ModelTimeout, FaultKind.ModelError, FaultKind.ModelNotReady],
        },
        [Vendor.Google] = new()
        {
            HasTokenLimit = true,
            Faults = [FaultKind.ContentFilter, FaultKind.ContentFilterFinish, FaultKind.Recitation, FaultKind.ModelTimeout],
        },
        [Vendor.HuggingFace] = new() { HasTasks = true, Faults = [FaultKind.ModelNotReady] },
    }.ToFrozenDictionary();

    /// <summary>Faults that not every vendor has.</summary>
    private static readonly FrozenSet<FaultKind> Special = All.Values.SelectMany(traits => traits.Faults).ToFrozenSet();

    public bool HasTokenLimit { get; init; }

    /// <summary>Limits of input and of output tokens apart.</summary>
    public bool HasSplitTokenLimits { get; init; }

    public bool HasEmbeddings { get; init; } = true;

    public bool HasReasoningModels { get; init; }

    public bool HasCacheWrites { get; init; }

    /// <summary>Models for one task.</summary>
    public bool HasTasks { get; init; }

    /// <summary>Those of the faults that not every vendor has.</summary>
    private IReadOnlyList<FaultKind> Faults { get; init; } = [];

    /// <summary>Null for an unknown vendor, who may do anything: that it is unknown is fault enough.</summary>
    public static VendorTraits? Of(Vendor vendor) => All.GetValueOrDefault(vendor);

    /// <summary>The names, as the models file has them, of vendors for whom something holds.</summary>
    public static string Names(Func<VendorTraits, bool> holds) =>
        string.Join(", ", EnumNames.Of<Vendor>().Where(pair => holds(All[pair.Key])).Select(pair => pair.Value));

    public bool HasFault(FaultKind kind) => !Special.Contains(kind) || Faults.Contains(kind);

    private static VendorTraits OpenAi() => new()
    {
        HasTokenLimit = true,
        HasReasoningModels = true,
        Faults = [FaultKind.ContentFilter, FaultKind.ContentFilterFinish, FaultKind.Refusal],
    };
}

using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace LlmBroker.Routing;

/// <summary>The cues and feature weights of <c>cues.txt</c>, ready to be matched. Immutable.</summary>
internal sealed class CueSheet
{
    private readonly FrozenDictionary<int, Entry[]> _cues;

    private CueSheet(IReadOnlyList<Cue> cues, FeatureWeight[] features)
    {
        Count = cues.Count;
        Features = features;
        _cues = cues.GroupBy(cue => cue.Key).ToFrozenDictionary(group => group.Key, group => group.Select(cue => new Entry(cue)).ToArray());
    }

    public int Count { get; }

    public FeatureWeight[] Features { get; }

    public static CueSheet LoadEmbedded()
    {
        using var stream = typeof(CueSheet).Assembly.GetManifestResourceStream("cues.txt")
            ?? throw new InvalidOperationException("The cue sheet is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    public static CueSheet Parse(string text)
    {
        var cues = new List<Cue>();
        var features = new List<FeatureWeight>();
        var task = TaskKind.Unknown;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#')
                continue;
            if (line[0] == '[')
            {
                if (!TaskKinds.TryParse(line.Trim('[', ']'), out task))
                    throw new FormatException($"Cue sheet: '{line}' names no task.");
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !float.TryParse(line.AsSpan(0, colon), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight))
                throw new FormatException($"Cue sheet: '{line}' does not begin with a weight and a colon.");
            foreach (var pattern in line[(colon + 1)..].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (pattern[0] == '@')
                    features.Add(ParseFeature(task, weight, pattern[1..]));
                else
                    cues.Add(new Cue(cues.Count, task, weight, pattern));
            }
        }

        return new CueSheet(cues, [.. features]);
    }

    public ReadOnlySpan<Entry> At(ReadOnlySpan<char> text, int index) =>
        _cues.TryGetValue(CueText.KeyAt(text, index), out var cues) ? cues : [];

    private static FeatureWeight ParseFeature(TaskKind task, float weight, string name)
    {
        foreach (var feature in Enum.GetValues<PromptFeatures>())
        {
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(feature.ToString()) == name)
                return new FeatureWeight(feature, task, weight, "feature:" + name);
        }

        throw new FormatException($"Cue sheet: '@{name}' names no feature.");
    }

    internal readonly record struct FeatureWeight(PromptFeatures Feature, TaskKind Task, float Weight, string Reason);

    /// <summary>A cue, and what tells without looking at it that it does not stand somewhere: its first characters, four at most.</summary>
    internal readonly struct Entry(Cue cue)
    {
        private readonly ulong _beginning = CueText.FourAt(cue.Head, 0);
        private readonly ulong _mask = CueText.FourAt(new string('\uffff', Math.Min(cue.Head.Length, 4)), 0);

        public Cue Cue { get; } = cue;

        /// <param name="four">The characters of the text: <see cref="CueText.FourAt"/>.</param>
        public bool MayStandAt(ulong four) => (four & _mask) == _beginning;
    }
}

using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace LlmBroker.Routing;

/// <summary>The cues and feature weights of <c>cues.txt</c>, ready to be matched. Immutable.</summary>
internal sealed class CueSheet
{
    private const int BeginningBits = 15;

    /// <summary>By the first four characters, what may stand where a text has these.</summary>
    private readonly FrozenDictionary<ulong, Entry[]> _cues;

    /// <summary>The cues of fewer than four characters, by their key, for where no longer one stands.</summary>
    private readonly FrozenDictionary<int, Entry[]> _shortCues;

    private readonly ulong[] _beginnings = new ulong[(1 << BeginningBits) / 64];

    private CueSheet(IReadOnlyList<Cue> cues, FeatureWeight[] features)
    {
        Count = cues.Count;
        Features = features;
        var byKey = cues.GroupBy(cue => cue.Key).ToDictionary(group => group.Key, group => group.Select(cue => new Entry(cue)).ToArray());
        _cues = cues
            .Where(cue => cue.Head.Length >= Entry.Part)
            .DistinctBy(cue => CueText.FourAt(cue.Head, 0))
            .ToFrozenDictionary(
                cue => CueText.FourAt(cue.Head, 0),
                cue => byKey[cue.Key].Where(entry => entry.BeginsAs(CueText.FourAt(cue.Head, 0))).ToArray());
        _shortCues = byKey
            .Select(group => (group.Key, Entries: group.Value.Where(entry => entry.Cue.Head.Length < Entry.Part).ToArray()))
            .Where(group => group.Entries.Length > 0)
            .ToFrozenDictionary(group => group.Key, group => group.Entries);
        foreach (var cue in cues)
        {
            var place = PlaceOf(CueText.FourAt(cue.Head, 0), cue.Head.Length);
            _beginnings[place >> 6] |= 1UL << place;
        }
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

    /// <summary>The cues that may stand in a text at <paramref name="index"/>, in the order of the sheet.</summary>
    public ReadOnlySpan<Entry> At(ReadOnlySpan<char> text, int index)
    {
        var four = CueText.FourAt(text, index);
        // Of most places the table of beginnings tells at little cost that no cue stands there.
        if (((BeginningAt(four, 1) | BeginningAt(four, 2) | BeginningAt(four, 3) | BeginningAt(four, Entry.Part)) & 1) == 0)
            return [];
        if (_cues.TryGetValue(four, out var cues))
            return cues;
        return _shortCues.TryGetValue(CueText.KeyAt(text, index), out cues) ? cues : [];
    }

    private ulong BeginningAt(ulong four, int length)
    {
        var place = PlaceOf(four, length);
        return _beginnings[place >> 6] >> place;
    }

    /// <summary>Where the table of beginnings tells of so many characters, four at most.</summary>
    private static int PlaceOf(ulong four, int length) =>
        (int)(((four & (ulong.MaxValue >> (64 - (16 * Math.Min(length, Entry.Part))))) * 0x9E3779B97F4A7C15) >> (64 - BeginningBits));

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

    /// <summary>A cue, and what tells without looking at it that it does not stand somewhere: its first characters, eight at most.</summary>
    internal readonly struct Entry(Cue cue)
    {
        /// <summary>So many characters are compared at once.</summary>
        public const int Part = 4;

        private readonly ulong _beginning = CueText.FourAt(cue.Head, 0);
        private readonly ulong _beginningMask = MaskOf(cue.Head.Length);
        private readonly ulong _next = CueText.FourAt(cue.Head, Math.Min(Part, cue.Head.Length));
        private readonly ulong _nextMask = MaskOf(cue.Head.Length - Part);

        public Cue Cue { get; } = cue;

        /// <param name="four">The characters of the text: <see cref="CueText.FourAt"/>.</param>
        public bool BeginsAs(ulong four) => (four & _beginningMask) == _beginning;

        /// <param name="four">The characters of the text.</param>
        /// <param name="next">Those behind them.</param>
        public bool MayStandAt(ulong four, ulong next) => (((four & _beginningMask) ^ _beginning) | ((next & _nextMask) ^ _next)) == 0;

        private static ulong MaskOf(int length) => length <= 0 ? 0 : ulong.MaxValue >> (64 - (16 * Math.Min(length, Part)));
    }
}

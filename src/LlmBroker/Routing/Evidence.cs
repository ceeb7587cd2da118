using System.Runtime.CompilerServices;

namespace LlmBroker.Routing;

/// <summary>
/// What speaks for each task so far. Lives on the stack of one classification.
/// Only the three strongest cues of a task count, each half as much as the one before, so that many weak words in a
/// long text do not outvote one clear instruction and overlapping cues are not counted in full.
/// </summary>
internal ref struct Evidence(Span<ulong> seenCues)
{
    private readonly Span<ulong> _seenCues = seenCues;
    private PerTask _tasks;

    /// <summary>False when the cue was counted before.</summary>
    public readonly bool FirstTime(int cueId)
    {
        var bit = 1UL << (cueId & 63);
        var first = (_seenCues[cueId >> 6] & bit) == 0;
        _seenCues[cueId >> 6] |= bit;
        return first;
    }

    public void Add(TaskKind task, float weight, string reason) => _tasks[(int)task].Add(weight, reason);

    public readonly float Score(TaskKind task) => _tasks[(int)task].Score;

    public readonly string Reason(TaskKind task) => _tasks[(int)task].Reason ?? "";

    private struct Strongest
    {
        private float _first;
        private float _second;
        private float _third;

        public string? Reason { get; private set; }

        public readonly float Score => _first + (_second / 2) + (_third / 4);

        public void Add(float weight, string reason)
        {
            if (weight > _first)
            {
                (_first, _second, _third) = (weight, _first, _second);
                Reason = reason;
            }
            else if (weight > _second)
            {
                (_second, _third) = (weight, _second);
            }
            else if (weight > _third)
            {
                _third = weight;
            }
        }
    }

    [InlineArray((int)TaskKind.ChatBrainstorm + 1)]
    private struct PerTask
    {
        private Strongest _first;
    }
}

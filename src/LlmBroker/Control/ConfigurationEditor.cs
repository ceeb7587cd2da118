using System.Text.Json.Nodes;
using LlmBroker.Configuration;

namespace LlmBroker.Control;

/// <summary>
/// Changes the configuration at run time: what it would come to is validated as a whole, then the change is appended to the audit. The
/// processes follow it by <c>llm.control</c>, which is the caller's to tell, or by their poll.
/// </summary>
internal sealed class ConfigurationEditor(ConfigurationStore store, TimeProvider time)
{
    private const int Tries = 5;

    /// <param name="file">File and environment, without overrides.</param>
    /// <param name="edits">Carried out together or not at all.</param>
    /// <param name="changedBy">Who asks for it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the change.</param>
    /// <returns>The rows that were written; none when everything was so already.</returns>
    /// <exception cref="BrokerConfigurationException">What it would come to has faults; it holds all of them, and nothing was changed.</exception>
    public async Task<IReadOnlyList<ConfigurationChange>> ChangeAsync(
        BrokerConfiguration file, IReadOnlyList<ConfigurationEdit> edits, string changedBy, string? reason, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var known = await store.GetOverridesAsync(cancellationToken);
            var changes = Plan(file, known, edits, changedBy, reason);
            if (changes.Count == 0 || await store.TryAppendAsync(changes, cancellationToken))
                return changes;
        }

        throw new InvalidOperationException("Others change the configuration again and again; try once more.");
    }

    /// <summary>The edits that take a deployment's lanes back to open: overrides go, and where the file itself says otherwise one is set.</summary>
    public static IReadOnlyList<ConfigurationEdit> Resume(BrokerConfiguration file, string deployment, IReadOnlyList<string> lanes)
    {
        var inFile = file.Options.Deployments.GetValueOrDefault(deployment)?.Lanes ?? new LaneStatesOptions();
        return [.. lanes.Select(lane => new ConfigurationEdit(LanePath(deployment, lane), inFile.Of(lane) == LaneState.Open ? null : $"\"{LaneState.Open}\""))];
    }

    /// <summary>The edits that put a deployment's lanes into a state.</summary>
    public static IReadOnlyList<ConfigurationEdit> Halt(string deployment, IReadOnlyList<string> lanes, string state) =>
        [.. lanes.Select(lane => new ConfigurationEdit(LanePath(deployment, lane), $"\"{state}\""))];

    private static string LanePath(string deployment, string lane) => $"{ConfigurationPath.Of("deployments", deployment)}.lanes.{lane}";

    private List<ConfigurationChange> Plan(
        BrokerConfiguration file, OverrideSet known, IReadOnlyList<ConfigurationEdit> edits, string changedBy, string? reason)
    {
        var now = time.GetUtcNow();
        // What is in force may have faults of its own by now; then the file alone says what was there before.
        var before = Effective(file, known.Overrides)?.Tree ?? file.Tree;
        var faults = new List<ConfigurationFinding>();
        var after = known.Overrides.ToList();
        var changes = new List<ConfigurationChange>();
        foreach (var edit in edits)
        {
            if (OverrideOverlay.Normalize(before, edit.Path, faults) is { } path)
                Carry(path, edit.Value);
        }

        if (faults.Count > 0)
            throw new BrokerConfigurationException(file.Source, faults);
        file.With(after);
        return changes;

        void Carry(string path, string? value)
        {
            if (after.Exists(known => known.Path == path && Same(known.Value, value)))
                return;

            // An override of the whole replaces those of its parts.
            foreach (var part in after.Where(known => ConfigurationPath.IsAtOrBelow(known.Path, path)).ToArray())
            {
                after.Remove(part);
                if (part.Path != path || value is null)
                    changes.Add(Row(part.Path, null));
            }

            if (value is null)
                return;
            after.Add(new ConfigurationOverride(path, value, changedBy, now, reason));
            changes.Add(Row(path, value));
        }

        ConfigurationChange Row(string path, string? value) =>
            new(known.Revision + 1, path, OverrideOverlay.Read(before, path)?.ToJsonString(ConfigurationJson.Options), value, changedBy, reason, now);
    }

    private static BrokerConfiguration? Effective(BrokerConfiguration file, IReadOnlyList<ConfigurationOverride> overrides)
    {
        try
        {
            return file.With(overrides);
        }
        catch (BrokerConfigurationException)
        {
            return null;
        }
    }

    private static bool Same(string value, string? other) =>
        other is not null && OverrideOverlay.TryParse(value, out var a) && OverrideOverlay.TryParse(other, out var b) && JsonNode.DeepEquals(a, b);
}

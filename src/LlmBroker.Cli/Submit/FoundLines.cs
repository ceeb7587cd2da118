namespace LlmBroker.Cli.Submit;

/// <summary>What the files of a job held when it was begun or resumed.</summary>
internal sealed class FoundLines(Job job)
{
    private readonly HashSet<UInt128> completed = [];
    private readonly HashSet<UInt128> sent = [];
    private int? journalRetry;

    public SubmitTally Tally { get; } = new();

    /// <summary>The last failure of each line that has no completion.</summary>
    public Dictionary<UInt128, AnsweredLine> Failures { get; } = [];

    /// <summary>The unusable lines that are reported already, by <see cref="KeyOf"/>.</summary>
    public HashSet<UInt128> Faults { get; } = [];

    /// <summary>Some failures are overtaken by a completion or a later failure.</summary>
    public bool HasStaleFailures { get; private set; }

    public bool HasJournal => journalRetry is not null;

    /// <summary>The job to which a line belongs that is none of ours, when that can be seen.</summary>
    public string? ForeignJob { get; private set; }

    public static UInt128 KeyOf(int line, string message) => LineDigest.Of($"{line} {message}");

    public bool ReadJournal(JournalEntry entry)
    {
        if (entry.Job is { } name)
        {
            journalRetry = entry.Retry ?? 0;
            ForeignJob = name == job.Name ? null : name;
            return ForeignJob is null;
        }

        if (entry.Sent is not { } customId)
            return false;

        sent.Add(LineDigest.Of(customId));
        return true;
    }

    public bool ReadCompletion(AnsweredLine line)
    {
        if (!IsOurs(line) || line.Error is not null)
            return false;

        if (completed.Add(LineDigest.Of(line.CustomId!)))
            Tally.Add(line);
        return true;
    }

    /// <summary>To be called after all completions were read.</summary>
    public bool ReadFailure(AnsweredLine line)
    {
        if (line is { Line: { } number, Error: { } fault })
        {
            HasStaleFailures |= !Faults.Add(KeyOf(number, fault.Message));
            return true;
        }

        if (!IsOurs(line) || line.Error is null)
            return false;

        var digest = LineDigest.Of(line.CustomId!);
        if (completed.Contains(digest))
        {
            HasStaleFailures = true;
            return true;
        }

        HasStaleFailures |= Failures.ContainsKey(digest);
        Failures[digest] = line;
        return true;
    }

    /// <summary>The retry of a job that was interrupted goes on; else a new one begins when it is asked for and something failed.</summary>
    public int RetryFor(bool retryFailed)
    {
        if (journalRetry is { } begun)
            return begun;

        var last = Failures.Values.Max(failure => failure.Llmbroker?.Retry) ?? 0;
        return retryFailed && Failures.Count > 0 ? last + 1 : last;
    }

    /// <summary>Passes on what counts for this retry: a failure of one before is open again.</summary>
    public void Tell(Job current, LineStates states)
    {
        foreach (var line in sent)
            states.MarkSent(line);
        foreach (var line in completed)
            states.TryAnswer(line, completed: true);

        foreach (var (line, failure) in Failures.ToList())
        {
            if ((failure.Llmbroker?.Retry ?? 0) < current.Retry)
            {
                HasStaleFailures = true;
                Failures.Remove(line);
                continue;
            }

            Tally.Add(failure);
            states.TryAnswer(line, completed: false);
        }
    }

    private bool IsOurs(AnsweredLine line)
    {
        if (line is not { CustomId.Length: > 0, Llmbroker.RequestId: { } requestId })
            return false;

        ForeignJob = job.Owns(requestId) ? null : Job.NameIn(requestId);
        return ForeignJob is null;
    }
}

namespace LlmBroker.Cli.Submit;

/// <summary>What is known of each line of a job, in some tens of bytes a line. Thread-safe: lines are sent while replies come in.</summary>
internal sealed class LineStates
{
    [Flags]
    private enum State : byte
    {
        None = 0,

        /// <summary>Met in the input by this process.</summary>
        Met = 1,

        /// <summary>Its request was confirmed, by this process or one before.</summary>
        Sent = 2,

        Completed = 4,
        Failed = 8,
    }

    private readonly Dictionary<UInt128, State> lines = [];
    private readonly Dictionary<UInt128, InFlightLine> inFlight = [];
    private readonly TaskCompletionSource allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock access = new();
    private bool sendingEnded;

    /// <summary>Completes when every line was met and none waits for a reply.</summary>
    public Task AllAnswered => allAnswered.Task;

    public int InFlight
    {
        get
        {
            lock (access)
                return inFlight.Count;
        }
    }

    /// <summary>Meets a line of the input and says what to do with it.</summary>
    public LineStep Meet(UInt128 line)
    {
        lock (access)
        {
            var state = lines.GetValueOrDefault(line);
            if (state.HasFlag(State.Met))
                return LineStep.Duplicate;

            lines[line] = state | State.Met;
            if ((state & (State.Completed | State.Failed)) != 0)
                return LineStep.Skip;
            return state.HasFlag(State.Sent) ? LineStep.Await : LineStep.Send;
        }
    }

    /// <summary>Counts the line as in flight; false when its reply came in the meantime.</summary>
    public bool TryHold(UInt128 line, InFlightLine place)
    {
        lock (access)
        {
            if ((lines.GetValueOrDefault(line) & (State.Completed | State.Failed)) != 0)
                return false;

            inFlight[line] = place;
            return true;
        }
    }

    public void MarkSent(UInt128 line)
    {
        lock (access)
            lines[line] = lines.GetValueOrDefault(line) | State.Sent;
    }

    /// <summary>Takes an answer; false when the line has it already. A completion also replaces a failure: an operator redrove it.</summary>
    public bool TryAnswer(UInt128 line, bool completed)
    {
        lock (access)
        {
            var state = lines.GetValueOrDefault(line);
            if (state.HasFlag(State.Completed) || (state.HasFlag(State.Failed) && !completed))
                return false;

            lines[line] = (state & ~State.Failed) | (completed ? State.Completed : State.Failed);
            return true;
        }
    }

    /// <summary>Ends the wait for a line whose answer is written; false when nobody waited.</summary>
    public bool Release(UInt128 line)
    {
        lock (access)
        {
            var held = inFlight.Remove(line);
            CompleteIfDone();
            return held;
        }
    }

    /// <summary>No reply can come to what was sent before: all of it is to be sent again.</summary>
    public void ForgetSent()
    {
        lock (access)
        {
            foreach (var line in lines.Where(line => line.Value.HasFlag(State.Sent)).Select(line => line.Key).ToList())
                lines[line] &= ~State.Sent;
        }
    }

    /// <summary>The lines that wait for a reply now.</summary>
    public IReadOnlyList<InFlightLine> ListInFlight()
    {
        lock (access)
            return [.. inFlight.Values];
    }

    public void EndSending()
    {
        lock (access)
        {
            sendingEnded = true;
            CompleteIfDone();
        }
    }

    private void CompleteIfDone()
    {
        if (sendingEnded && inFlight.Count == 0)
            allAnswered.TrySetResult();
    }
}

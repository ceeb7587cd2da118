using System.Text.Json;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// The three files of a job and what they tell about it: answers, failures, and the journal of what was confirmed. They are all that a
/// resumed job needs. While a journal is there the job is not finished.
/// </summary>
internal sealed class JobFiles : IDisposable
{
    private static readonly string[] AnswerBeginnings = ["{\"id\":"];
    private static readonly string[] JournalBeginnings = ["{\"job\":", "{\"sent\":"];

    private readonly SubmitOptions options;
    private readonly LineFile<OutputLine> output;
    private readonly LineFile<OutputLine> errors;
    private readonly LineFile<JournalEntry> journal;
    private readonly HashSet<UInt128> faultsToMeet;
    private readonly HashSet<UInt128> faults = [];
    private readonly Dictionary<UInt128, AnsweredLine> failures;
    private bool errorsAreStale;

    private JobFiles(
        SubmitOptions options, Job job, LineStates states, FoundLines found,
        LineFile<OutputLine> output, LineFile<OutputLine> errors, LineFile<JournalEntry> journal)
    {
        this.options = options;
        this.output = output;
        this.errors = errors;
        this.journal = journal;
        faultsToMeet = found.Faults;
        failures = found.Failures;
        errorsAreStale = found.HasStaleFailures;
        Job = job;
        States = states;
        Tally = found.Tally;
    }

    public Job Job { get; }

    public LineStates States { get; }

    public SubmitTally Tally { get; }

    /// <summary>Opens the files, mends what a kill tore, and finds out how far the job is.</summary>
    /// <exception cref="SubmitFailedException">A file is in use, or belongs to another job.</exception>
    public static async Task<JobFiles> OpenAsync(SubmitOptions options, Job job, CancellationToken cancellationToken)
    {
        var opened = new Stack<IDisposable>();
        var found = new FoundLines(job);
        try
        {
            var context = SubmitJsonContext.Default;
            // First, since it keeps a second process off the job.
            var journal = await LineFile<JournalEntry>.OpenAsync(
                options.Journal, context.JournalEntry, context.JournalEntry, JournalBeginnings, found.ReadJournal, FileShare.None, cancellationToken);
            opened.Push(journal);
            var output = await LineFile<OutputLine>.OpenAsync(
                options.Output, context.OutputLine, context.AnsweredLine, AnswerBeginnings, found.ReadCompletion, FileShare.Read, cancellationToken);
            opened.Push(output);
            var errors = await LineFile<OutputLine>.OpenAsync(
                options.Errors, context.OutputLine, context.AnsweredLine, AnswerBeginnings, found.ReadFailure, FileShare.Read, cancellationToken);
            opened.Push(errors);

            job = job with { Retry = found.RetryFor(options.RetryFailed) };
            var states = new LineStates();
            found.Tell(job, states);
            if (!found.HasJournal)
            {
                journal.Add(new JournalEntry { Job = job.Name, Retry = job.Retry });
                journal.Flush();
            }

            return new JobFiles(options, job, states, found, output, errors, journal);
        }
        catch (Exception exception)
        {
            foreach (var file in opened)
                file.Dispose();
            if (exception is SubmitFailedException && found.ForeignJob is { } other)
                throw BelongsTo(other, options, exception);
            throw;
        }
    }

    /// <summary>Notes that RabbitMQ has confirmed a request. It survives the end of this process.</summary>
    public void NoteSent(string customId)
    {
        journal.Add(new JournalEntry { Sent = customId });
        journal.Flush();
    }

    /// <summary>Writes down an answer, to be flushed.</summary>
    public void Add(UInt128 line, OutputLine answer)
    {
        (answer.Error is null ? output : errors).Add(answer);
        if (failures.Remove(line, out var replaced))
        {
            Tally.TakeBack(replaced);
            errorsAreStale = true;
        }

        var facts = AnsweredLine.Of(answer);
        if (answer.Error is not null)
            failures[line] = facts;
        Tally.Add(facts);
    }

    /// <summary>Writes down a line that cannot be sent, once over all resumptions. Returns what is wrong with it.</summary>
    public string AddFault(int number, InputFault fault)
    {
        var line = OutputLine.Invalid(number, fault);
        var message = line.Error!.Message;
        var key = FoundLines.KeyOf(number, message);
        faults.Add(key);
        Tally.Add(AnsweredLine.Of(line));
        if (!faultsToMeet.Remove(key))
        {
            errors.Add(line);
            errors.Flush();
        }

        return message;
    }

    public void Flush()
    {
        output.Flush();
        errors.Flush();
    }

    /// <summary>Everything is answered: drops what later answers have overtaken from the errors file, and the journal.</summary>
    public void Finish()
    {
        Flush();
        errors.Dispose();
        if (errorsAreStale || faultsToMeet.Count > 0)
            DropOvertakenFailures();
        if (new FileInfo(options.Errors).Length == 0)
            File.Delete(options.Errors);
        File.Delete(options.Journal);
    }

    public void Dispose()
    {
        output.Dispose();
        errors.Dispose();
        journal.Dispose();
    }

    private static SubmitFailedException BelongsTo(string job, SubmitOptions options, Exception exception) =>
        new($"{options.Output} and the files beside it belong to job '{job}', which had another input, --model, --policy or --task. " +
            $"Name another file with --out, or go on with that job after a change of its input with --job {job}.", exception);

    private void DropOvertakenFailures()
    {
        var kept = options.Errors + ".tmp";
        File.WriteAllLines(kept, File.ReadLines(options.Errors).Where(IsCurrent));
        File.Move(kept, options.Errors, overwrite: true);
    }

    private bool IsCurrent(string text)
    {
        var line = JsonSerializer.Deserialize(text, SubmitJsonContext.Default.AnsweredLine)!;
        return line.Line is { } number
            ? faults.Remove(FoundLines.KeyOf(number, line.Error!.Message))
            : failures.TryGetValue(LineDigest.Of(line.CustomId!), out var last) && last.Id == line.Id;
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LlmBroker.Cli.Amqp;
using RabbitMQ.Client;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// Sends what is open of a job and collects the replies until every line is answered: at most so many requests without a reply, at most
/// a window of publishes without a confirm.
/// </summary>
internal sealed class SubmitRun : IAsyncDisposable
{
    private const int PublishWindow = 256;
    private const int MaxPrefetch = 1000;

    /// <summary>How long a job that is stopped waits for confirms that are on their way.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly SubmitOptions options;
    private readonly JobFiles files;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim places;
    private readonly ReplyQueue queue;
    private readonly ReplyCollector collector;
    private readonly ReconnectingLink link;
    private readonly Channel<IReadOnlyList<InFlightLine>> unanswerable = Channel.CreateUnbounded<IReadOnlyList<InFlightLine>>();

    public SubmitRun(SubmitOptions options, JobFiles files, ConnectionFactory factory, TimeProvider time)
    {
        this.options = options;
        this.files = files;
        this.time = time;
        places = new SemaphoreSlim(options.InFlight);
        queue = new ReplyQueue(files.Job.ReplyQueueOf(options.Tenant), (ushort)Math.Min(options.InFlight, MaxPrefetch), OnReplyQueueVanished);
        collector = new ReplyCollector(files, queue, () => places.Release());
        link = new ReconnectingLink(factory, queue.ConsumeAsync, time);
        if (options.Resend)
            files.States.ForgetSent();
    }

    /// <summary>What holds the job up at the moment, for a person.</summary>
    public string? Trouble => link.Trouble;

    /// <summary>Messages in the reply queue that were no reply to this job.</summary>
    public int StrayMessages => collector.StrayMessages;

    /// <summary>Told of each line that cannot be sent.</summary>
    public Action<string> Faulted { get; init; } = _ => { };

    /// <summary>Returns when every line is answered. When it throws, the files hold all that is needed to go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await link.OpenAsync(cancellationToken);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var confirming = new CancellationTokenSource();
        using var grace = stopping.Token.Register(() => confirming.CancelAfter(Grace));

        var sending = SendAsync(stopping.Token, confirming.Token);
        Task[] failing = [collector.CollectAsync(stopping.Token), SendAgainAsync(confirming.Token, stopping.Token), link.Keeping];
        try
        {
            await FirstOf([sending, .. failing]);
            await FirstOf([files.States.AllAnswered, .. failing]);
        }
        finally
        {
            await stopping.CancelAsync();
            queue.EndReplies();
            await Task.WhenAll([sending, .. failing[..2]]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Clears up after a job whose lines are all answered.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var current = await link.CurrentAsync(cancellationToken);
        await current.Channel.QueueDeleteAsync(queue.Name, cancellationToken: cancellationToken);
        files.Finish();
    }

    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        places.Dispose();
    }

    // Only the first of them ends when all is well; another that ends has failed.
    private static async Task FirstOf(Task[] tasks) => await await Task.WhenAny(tasks);

    private async Task SendAsync(CancellationToken stopping, CancellationToken confirming)
    {
        var window = new ParallelOptions { MaxDegreeOfParallelism = PublishWindow, CancellationToken = stopping };
        await Parallel.ForEachAsync(OpenLinesAsync(stopping), window, (line, _) => new ValueTask(PublishAsync(line, confirming)));
        files.States.EndSending();
    }

    /// <summary>The lines to send, each as soon as there is a place for it.</summary>
    private async IAsyncEnumerable<InputLine> OpenLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var raw in InputFile.ReadAsync(options.Input, cancellationToken))
        {
            if (!InputLineParser.TryParse(raw, out var line, out var fault))
            {
                Faulted(files.AddFault(raw.Number, fault));
                continue;
            }

            var digest = LineDigest.Of(line.CustomId);
            var step = files.States.Meet(digest);
            if (step == LineStep.Duplicate)
            {
                Faulted(files.AddFault(raw.Number, new InputFault(line.CustomId, "has a 'custom_id' that was there before")));
                continue;
            }

            if (step == LineStep.Skip)
                continue;

            await places.WaitAsync(cancellationToken);
            if (!files.States.TryHold(digest, new InFlightLine(raw.Number, raw.Offset, raw.Length)))
                places.Release();
            else if (step == LineStep.Send)
                yield return line;
        }
    }

    private async Task PublishAsync(InputLine line, CancellationToken cancellationToken)
    {
        var request = files.Job.RequestFor(line, options);
        await link.PublishAsync(BrokerMessage.Request(options.Tenant, options.Lane, request, queue.Name), cancellationToken);
        files.NoteSent(line.CustomId);
        files.States.MarkSent(LineDigest.Of(line.CustomId));
    }

    /// <summary>Publishes lines once more that wait for replies which cannot come.</summary>
    private async Task SendAgainAsync(CancellationToken confirming, CancellationToken stopping)
    {
        var window = new ParallelOptions { MaxDegreeOfParallelism = PublishWindow, CancellationToken = stopping };
        await foreach (var lines in unanswerable.Reader.ReadAllAsync(stopping))
        {
            await Parallel.ForEachAsync(lines, window, async (place, token) =>
            {
                var raw = await InputFile.ReadAgainAsync(options.Input, place, token);
                if (!InputLineParser.TryParse(raw, out var line, out _))
                    throw new SubmitFailedException($"{options.Input} changed while it was read. Leave the input as it is until the job is done.");
                await PublishAsync(line, confirming);
            });
        }
    }

    private void OnReplyQueueVanished()
    {
        files.States.ForgetSent();
        if (files.States.ListInFlight() is { Count: > 0 } lines)
            unanswerable.Writer.TryWrite(lines);
    }
}

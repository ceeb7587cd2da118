using LlmBroker.Cli.Amqp;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// Writes replies down as they come, in any order, and acks them when the operating system has the lines. A reply that comes twice,
/// because its ack did not arrive, is written once.
/// </summary>
/// <param name="files">The job.</param>
/// <param name="queue">Where replies come from.</param>
/// <param name="released">Called for each line that no longer waits.</param>
internal sealed class ReplyCollector(JobFiles files, ReplyQueue queue, Action released)
{
    /// <summary>Lines written before they are flushed and acked together.</summary>
    private const int BatchSize = 200;

    private int strayMessages;

    /// <summary>Messages that were no reply to this job, and dropped.</summary>
    public int StrayMessages => strayMessages;

    /// <summary>Ends when the queue's replies are ended.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        var answered = new List<UInt128>(BatchSize);
        while (await queue.Replies.WaitToReadAsync(cancellationToken))
        {
            Reply? last = null;
            for (var count = 0; count < BatchSize && queue.Replies.TryPeek(out var reply) && (last is null || last.Link == reply.Link); count++)
            {
                queue.Replies.TryRead(out last);
                if (Take(reply) is { } line)
                    answered.Add(line);
            }

            files.Flush();
            foreach (var line in answered)
            {
                if (files.States.Release(line))
                    released();
            }

            answered.Clear();
            if (last is { Link: { } link })
                await AckAsync(link, last.Tag, cancellationToken);
        }
    }

    /// <summary>Writes one reply down; returns the line that it answers, written now or before.</summary>
    private UInt128? Take(Reply reply)
    {
        var metadata = reply.Completed?.Metadata ?? reply.Failed?.Metadata;
        var customId = LineMetadata.CustomIdIn(metadata) ?? files.Job.CustomIdIn(reply.CorrelationId);
        if (customId is null || reply is { Completed: null, Failed: null })
        {
            strayMessages++;
            return null;
        }

        // A failure of an asking before this one was written down by then.
        if (reply.Failed is not null && reply.CorrelationId != files.Job.RequestIdOf(customId))
            return null;

        var line = LineDigest.Of(customId);
        if (files.States.TryAnswer(line, completed: reply.Completed is not null))
        {
            files.Add(line, reply.Completed is { } completed
                ? OutputLine.Completed(reply.ReplyId, customId, completed)
                : OutputLine.Failed(reply.ReplyId, customId, reply.Failed!, files.Job.Retry));
        }

        return line;
    }

    private static async Task AckAsync(BrokerLink link, ulong tag, CancellationToken cancellationToken)
    {
        try
        {
            await link.Channel.BasicAckAsync(tag, multiple: true, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && BrokerLink.IsLoss(exception))
        {
            // They come again on the next link and are recognised.
        }
    }
}

namespace LlmBroker.DeadLetters;

/// <summary>Closes dead letters without another run, one or many.</summary>
internal sealed class DeadLetterDiscard(DeadLetterStore store, DeadLetterQueries queries, TimeProvider time)
{
    private const int PageSize = 200;

    /// <param name="ids">These letters.</param>
    /// <param name="note">Why.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellationToken">Ends it between two letters.</param>
    /// <returns>Each with whether it was open.</returns>
    public async Task<IReadOnlyList<(Guid Id, bool Discarded)>> DiscardAsync(
        IReadOnlyList<Guid> ids, string note, string by, CancellationToken cancellationToken)
    {
        var results = new List<(Guid, bool)>();
        foreach (var id in ids.Distinct())
            results.Add((id, await store.DiscardAsync(id, note, by, cancellationToken)));
        return results;
    }

    /// <summary>Every open letter that the filter finds and that was there at the start.</summary>
    /// <returns>How many.</returns>
    public async Task<long> DiscardAllAsync(DeadLetterFilter filter, string note, string by, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        filter = filter with { State = DeadLetterState.Open, Until = filter.Until < started ? filter.Until : started };
        DeadLetterCursor? cursor = null;
        var discarded = 0L;
        while (true)
        {
            var page = await queries.GetPageAsync(filter, cursor, PageSize, withBody: false, cancellationToken);
            foreach (var stored in page)
                discarded += await store.DiscardAsync(stored.Letter.Id, note, by, cancellationToken) ? 1 : 0;
            if (page.Count < PageSize)
                return discarded;
            cursor = new DeadLetterCursor(page[^1].Letter.CreatedAt, page[^1].Letter.Id);
        }
    }
}

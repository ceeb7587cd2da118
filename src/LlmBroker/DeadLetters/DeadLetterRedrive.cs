using System.Runtime.CompilerServices;
using LlmBroker.Ledger;
using LlmBroker.Tenants;

namespace LlmBroker.DeadLetters;

/// <summary>
/// Sends dead letters again, one or many, for whoever asks: a command or a page. Everything is composed and checked before the first one is
/// sent; letters are read in pages of few, so that it does not matter how many there are.
/// </summary>
internal sealed class DeadLetterRedrive(
    DeadLetterStore store, DeadLetterQueries queries, TenantStore tenants, RedriveComposer composer, TimeProvider time)
{
    /// <summary>Letters with their bodies in memory at a time.</summary>
    private const int PageSize = 20;

    /// <summary>Different faults that are told; more would only repeat them.</summary>
    private const int MaxFaults = 50;

    /// <summary>What <see cref="RunAsync"/> would do now.</summary>
    public async Task<RedrivePreview> PreviewAsync(RedriveRequest request, CancellationToken cancellationToken) =>
        await PreviewAsync(request, await TenantsAsync(cancellationToken), time.GetUtcNow(), cancellationToken);

    /// <param name="request">What is asked for.</param>
    /// <param name="send">Returns when the queue has confirmed; what it throws ends the redrive, and the letter is found by the next one.</param>
    /// <param name="onStep">Told of each letter when it is done.</param>
    /// <param name="cancellationToken">Ends the redrive between two letters, or in a send.</param>
    public async Task<RedriveReport> RunAsync(
        RedriveRequest request, Func<RedriveResult, CancellationToken, Task> send, Action<RedriveStep>? onStep, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var map = await TenantsAsync(cancellationToken);
        var preview = await PreviewAsync(request, map, started, cancellationToken);
        var counts = new Dictionary<RedriveState, long>();
        if (preview.Faults.Count > 0 && !(request.SkipFaulty && preview.Faults.All(fault => fault.Letters > 0)))
            return new RedriveReport(preview, IsRefused: true, counts);

        var pace = new RedrivePace(request.PerSecond, time);
        await foreach (var (id, stored) in SelectAsync(request, started, cancellationToken))
        {
            var step = await RedriveAsync(request, map, id, stored, pace, send, cancellationToken);
            counts[step.State] = counts.GetValueOrDefault(step.State) + 1;
            onStep?.Invoke(step);
        }

        return new RedriveReport(preview, IsRefused: false, counts);
    }

    private async Task<RedrivePreview> PreviewAsync(RedriveRequest request, TenantMap map, DateTimeOffset started, CancellationToken cancellationToken)
    {
        if (composer.FindFaults(request.Edits) is { Count: > 0 } faults)
            return new RedrivePreview { Faults = [.. faults.Select(fault => new RedriveFault(fault, 0, null))] };

        var preview = new RedrivePreview();
        var found = new Dictionary<string, RedriveFault>();
        await foreach (var (id, stored) in SelectAsync(request, started, cancellationToken))
        {
            if (stored is not { State: DeadLetterState.Open or DeadLetterState.Redriven })
            {
                preview = preview with { Closed = preview.Closed + 1 };
                continue;
            }

            if (IsTooOften(request, stored))
            {
                preview = preview with { TooOften = preview.TooOften + 1 };
                continue;
            }

            var draft = composer.Compose(stored.Letter, await EditsOfAsync(request, stored, cancellationToken), ReplyPrefixOf(map, stored), time.GetUtcNow());
            foreach (var fault in draft.Faults)
            {
                if (found.TryGetValue(fault, out var known))
                    found[fault] = known with { Letters = known.Letters + 1 };
                else if (found.Count < MaxFaults)
                    found.Add(fault, new RedriveFault(fault, 1, id));
            }

            if (draft.Faults.Count > 0)
                continue;
            preview = preview with
            {
                Letters = preview.Letters + 1,
                EstimatedCostUsd = preview.EstimatedCostUsd + (draft.EstimatedCostUsd ?? 0),
                UnknownCosts = preview.UnknownCosts + (draft.EstimatedCostUsd is null ? 1 : 0),
            };
        }

        return preview with { Faults = [.. found.Values] };
    }

    private async Task<RedriveStep> RedriveAsync(
        RedriveRequest request,
        TenantMap map,
        Guid id,
        StoredDeadLetter? stored,
        RedrivePace pace,
        Func<RedriveResult, CancellationToken, Task> send,
        CancellationToken cancellationToken)
    {
        if (stored is null)
            return new RedriveStep(id, RedriveState.NotFound);
        if (stored.State == DeadLetterState.Discarded)
            return new RedriveStep(id, RedriveState.Discarded);
        if (IsTooOften(request, stored))
            return new RedriveStep(id, RedriveState.TooOften);

        var edits = await EditsOfAsync(request, stored, cancellationToken);
        var draft = composer.Compose(stored.Letter, edits, ReplyPrefixOf(map, stored), time.GetUtcNow());
        if (draft.Faults is [var fault, ..])
            return new RedriveStep(id, RedriveState.Invalid, Fault: fault);

        await pace.WaitAsync(cancellationToken);
        var order = new RedriveOrder { By = request.By, Edits = edits, Message = draft.Message, PromptTokens = draft.PromptTokens, Decision = draft.Decision };
        var result = await store.RedriveAsync(id, order, cancellationToken);
        if (result.State == RedriveState.Redriven)
            await send(result, cancellationToken);
        if (result.State is RedriveState.Redriven or RedriveState.Taken)
            await store.MarkSentAsync(id, cancellationToken);
        return new RedriveStep(id, result.State, result.Run, result.Source);
    }

    /// <summary>A redrive that asks for no change repeats what one before it began.</summary>
    private async Task<RedriveEdits> EditsOfAsync(RedriveRequest request, StoredDeadLetter stored, CancellationToken cancellationToken)
    {
        if (stored.State != DeadLetterState.Redriven || !request.Edits.IsEmpty)
            return request.Edits;

        var history = await queries.GetHistoryAsync(stored.Letter.Id, cancellationToken);
        return history.LastOrDefault(action => action.Kind == DeadLetterActionKind.Redriven)?.Edits ?? RedriveEdits.None;
    }

    /// <summary>
    /// The letters asked for; null for an id that is not there. A filter finds none that came after the start, so that a letter which comes back
    /// is not sent in circles.
    /// </summary>
    private async IAsyncEnumerable<(Guid Id, StoredDeadLetter? Stored)> SelectAsync(
        RedriveRequest request, DateTimeOffset started, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Ids is { } ids)
        {
            foreach (var id in ids.Distinct())
                yield return (id, await store.GetAsync(id, cancellationToken));
            yield break;
        }

        var filter = request.Filter with
        {
            State = null,
            Pending = true,
            Until = request.Filter.Until < started ? request.Filter.Until : started,
        };
        DeadLetterCursor? cursor = null;
        var left = request.Limit;
        while (left > 0)
        {
            var page = await queries.GetPageAsync(filter, cursor, (int)Math.Min(PageSize, left), withBody: true, cancellationToken);
            foreach (var stored in page)
                yield return (stored.Letter.Id, stored);
            if (page.Count < PageSize)
                yield break;
            cursor = new DeadLetterCursor(page[^1].Letter.CreatedAt, page[^1].Letter.Id);
            left -= page.Count;
        }
    }

    private static bool IsTooOften(RedriveRequest request, StoredDeadLetter stored) =>
        // One that was begun and not sent is finished, not counted again.
        stored.State == DeadLetterState.Open && stored.Redrives >= request.MaxRedrives && !(request.Force && request.Ids is not null);

    private static string ReplyPrefixOf(TenantMap map, StoredDeadLetter stored) => map.ReplyPrefixOf(stored.Letter.Tenant ?? "");

    private async Task<TenantMap> TenantsAsync(CancellationToken cancellationToken) => new(await tenants.ListAsync(cancellationToken));
}

using System.Globalization;
using System.Text;
using LlmBroker.Contracts;
using LlmBroker.Feedback;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Tests.Learning;

/// <summary>
/// Answered requests of a company whose cheap model fails at what it has never read about, which no model knows that learnt elsewhere. As examples, and as
/// rows that are written through the ledger's own operations.
/// </summary>
internal static class OwnTraffic
{
    private const int Batch = 200;

    private static readonly CueTaskClassifier Cues = new();

    private static readonly string[] Hard =
        ["statutory indemnity clause", "customs tariff heading", "reinsurance treaty", "hedge accounting memo", "bill of lading", "escrow release notice", "usufruct deed", "demurrage claim"];

    private static readonly string[] Easy =
        ["holiday plan", "garden fence", "bus timetable", "cake recipe", "school trip", "team lunch", "parking lot", "lost umbrella", "book club", "choir evening", "window cleaning", "bicycle repair"];

    private static readonly string[] Names = ["Ms. Ortega", "Mr. Lindqvist", "Dr. Haddad", "Anna", "Wei", "the office in Porto", "our landlord", "Norden AG", "Brightline"];

    private static readonly (string Task, string Text)[] Templates =
    [
        ("translation", "Translate into German: the {0} of {1} was changed on March {2}."),
        ("summarization", "Summarize in one sentence: {1} wrote about the {0}. It took {2} days, and nobody had expected that the {0} would matter so much."),
        ("extraction", "List all names in this text: {1} signed the {0} in the presence of {2} witnesses."),
        ("qa", "What should {1} know about the {0} before May {2}?"),
        ("rewriting", "Make this more formal: hey {1}, the {0} is late again, can u fix it by {2} o'clock?"),
        ("writing", "Write a short letter to {1} about the {0}, in no more than {2} lines."),
    ];

    /// <param name="from">Midnight of the first day.</param>
    /// <param name="days">So many in a row.</param>
    /// <param name="perDay">Requests a day, the labelled ones of the large model included.</param>
    /// <param name="seed">Of everything that is drawn.</param>
    /// <param name="hasSignal">Whether the subject tells how likely a cheap answer is bad; else a quarter of them is, of whatever.</param>
    public static OwnRequest[] Make(DateTimeOffset from, int days, int perDay, int seed, bool hasSignal = true)
    {
        var random = new Random(seed);
        var predictor = new GainPredictor(RoutingModel.LoadEmbedded());
        return [.. Enumerable.Range(0, days * perDay).Select(i =>
        {
            var isHard = random.NextDouble() < 0.3;
            var (task, text) = Templates[random.Next(Templates.Length)];
            var subjects = isHard ? Hard : Easy;
            var prompt = string.Format(CultureInfo.InvariantCulture, text, subjects[random.Next(subjects.Length)], Names[random.Next(Names.Length)], random.Next(1, 29));
            var isLarge = random.NextDouble() < 0.15;
            var badShare = isLarge ? 0.03 : !hasSignal ? 0.25 : isHard ? 0.7 : 0.06;
            var gain = predictor.Predict(new ClassifierInput(null, prompt, 1), TaskKind.Unknown);
            var source = isLarge ? AnswerLabel.Verdict : random.Next(10) switch { < 6 => AnswerLabel.Cascade, < 9 => AnswerLabel.Verdict, _ => AnswerLabel.Score };
            return new OwnRequest(
                string.Create(CultureInfo.InvariantCulture, $"r-{seed}-{i}"), from.AddDays(i / perDay).AddSeconds(i % perDay * 80_000.0 / perDay), prompt, task, Math.Round(gain, 3), isLarge,
                random.NextDouble() < badShare, source);
        })];
    }

    /// <summary>As the ledger's queries give them.</summary>
    public static LedgerExample[] Examples(IEnumerable<OwnRequest> requests) => [.. requests.Select(request => new LedgerExample
    {
        AcceptedAt = request.AcceptedAt,
        Task = request.Task,
        Gain = request.Gain,
        OfCheap = !request.IsLarge,
        Bad = request.IsBad,
        Source = request.Source,
        CheapUsd = 0.001m,
        LargeUsd = 0.01m,
        Features = StoredFeatures.TryDecode(FeaturesOf(request.Prompt)),
    })];

    /// <summary>Accepts, calls, settles and judges each, days ago or now.</summary>
    /// <param name="store">Of a migrated ledger.</param>
    /// <param name="database">The same.</param>
    /// <param name="requests">With ids that the ledger does not know.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(ILedgerStore store, ILedgerDatabase database, IReadOnlyList<OwnRequest> requests, CancellationToken cancellationToken)
    {
        var (worker, claim, clock) = (Guid.NewGuid(), Guid.NewGuid(), new SetClock());
        var feedback = new FeedbackStore(database, clock);
        await store.RenewLeaseAsync(worker, "test", TimeSpan.FromHours(1), cancellationToken);
        foreach (var batch in requests.Chunk(Batch))
        {
            var starts = batch.ToDictionary(request => request, request => StartOf(request, claim, worker));
            await store.CommitAsync([.. batch.Select(request => new AcceptOperation(AcceptanceOf(request)))], cancellationToken);
            await store.CommitAsync([.. batch.Select(request => new StartOperation(starts[request]))], cancellationToken);
            await store.CommitAsync([.. batch.Select(request => new SettleOperation(SettlementOf(request, starts[request])))], cancellationToken);
            foreach (var request in batch.Where(request => request.Source != AnswerLabel.Cascade))
            {
                clock.Now = request.AcceptedAt.AddMinutes(5);
                var state = await feedback.AddAsync(
                    request.Key.Tenant,
                    $"of-{request.Id}",
                    new SubmitFeedback
                    {
                        RequestId = request.Id,
                        Verdict = request.Source != AnswerLabel.Verdict ? null : request.IsBad ? "rejected" : "accepted",
                        Score = request.Source != AnswerLabel.Score ? null : request.IsBad ? 0.2 : 0.9,
                    },
                    cancellationToken);
                if (state != FeedbackState.Stored)
                    throw new InvalidOperationException($"Feedback on {request.Id} was not stored: {state}.");
            }
        }
    }

    private static byte[] FeaturesOf(string prompt)
    {
        var scratch = PredictionScratch.Own;
        scratch.Read(new ClassifierInput(null, prompt, 1), Cues);
        return StoredFeatures.Encode(scratch);
    }

    private static Acceptance AcceptanceOf(OwnRequest request) => new()
    {
        Key = request.Key,
        BodyHash = Encoding.UTF8.GetBytes(request.Id),
        AcceptedAt = request.AcceptedAt,
        Lane = "bulk",
        Operation = "chat",
        Deadline = request.AcceptedAt.AddHours(1),
        MessageBytes = request.Prompt.Length,
        Route = new Route
        {
            Deployment = request.IsLarge ? "big-1" : "small-1",
            Model = request.IsLarge ? "big" : "small",
            Tier = request.IsLarge ? "large" : "cheap",
            CheapModel = "small",
            LargeModel = "big",
            Task = request.Task,
            Gain = request.Gain,
            Policy = "auto",
            Reason = "policy auto",
        },
        Features = FeaturesOf(request.Prompt),
    };

    private static AttemptStart StartOf(OwnRequest request, Guid claim, Guid worker) => new()
    {
        Key = request.Key,
        AttemptId = Guid.NewGuid(),
        ClaimId = claim,
        WorkerId = worker,
        Deployment = request.IsLarge ? "big-1" : "small-1",
        Provider = "openai",
        Model = request.IsLarge ? "big" : "small",
        StartedAt = request.AcceptedAt.AddSeconds(1),
        Deadline = DateTimeOffset.MaxValue,
        MaxAttempts = 5,
    };

    private static Settlement SettlementOf(OwnRequest request, AttemptStart start) => new()
    {
        Key = request.Key,
        ClaimId = start.ClaimId,
        Attempt = new AttemptEnd
        {
            Key = request.Key,
            AttemptId = start.AttemptId,
            Status = AttemptStatus.Succeeded,
            EndedAt = request.AcceptedAt.AddSeconds(2),
            Latency = TimeSpan.FromSeconds(1),
            CostUsd = 0.001m,
            Verdict = request.Source != AnswerLabel.Cascade ? null : request.IsBad ? "rejected" : "accepted",
        },
        Outcome = new Outcome
        {
            ReplyId = Guid.NewGuid(),
            Reply = "{}"u8.ToArray(),
            SettledAt = request.AcceptedAt.AddSeconds(3),
            CheapCostUsd = 0.001m,
            LargeCostUsd = 0.01m,
        },
    };

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

/// <summary>A request, its answer's tier, and what was said of it.</summary>
/// <param name="Id">Of the request.</param>
/// <param name="AcceptedAt">When.</param>
/// <param name="Prompt">Its text.</param>
/// <param name="Task">The kind of work, as the producer said it.</param>
/// <param name="Gain">What the shipped model expects, 0 to 1.</param>
/// <param name="IsLarge">Whether the large model answered.</param>
/// <param name="IsBad">Whether the answer was bad.</param>
/// <param name="Source">What said so.</param>
internal sealed record OwnRequest(string Id, DateTimeOffset AcceptedAt, string Prompt, string Task, double Gain, bool IsLarge, bool IsBad, string Source)
{
    public RunKey Key { get; } = new("acme", Id, 1);
}

using System.Buffers;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.CallLog;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <summary>
/// Decides what becomes of a call, in the order in which a vendor's edge does: key, headers, body, model, what the model can do, quota;
/// then the configured faults.
/// </summary>
internal sealed class CallPlanner(ModelCatalog catalog, long seed, TimeProvider time)
{
    private const string AttemptIdHeader = "X-LlmBroker-Attempt-Id";

    private static readonly Dictionary<FaultKind, string> FaultNames = EnumNames.Of<FaultKind>();

    private readonly Dice _identifiers = new(seed, "identifiers");
    private long _calls;

    /// <param name="body">Null when it was too large to be read.</param>
    public CallPlan Plan(HttpRequest http, IVendorOperation operation, ReadOnlySequence<byte>? body)
    {
        var protocol = operation.Protocol;
        var ordinal = Interlocked.Increment(ref _calls);
        var id = $"{_identifiers.Draw(Streams.Identifier, ordinal):x16}{_identifiers.Draw(Streams.Identifier, -ordinal):x16}";
        var call = new VendorCall
        {
            At = time.GetUtcNow(),
            Vendor = protocol.Vendor,
            AttemptId = http.Headers.TryGetValue(AttemptIdHeader, out var attempt) ? attempt.ToString() : null,
            RequestId = protocol.RequestId(id),
        };

        var (key, stranger) = protocol.CheckKey(new Arrival(http, body, call.At), catalog.Keys(protocol.Vendor));
        if (key is null)
            return Refuse(protocol, call, stranger!);
        if (body is not { } bytes)
            return Refuse(protocol, call, protocol.TooLarge());
        if (protocol.CheckHeaders(http) is { } badHeader)
            return Refuse(protocol, call, badHeader);
        if (Parse(bytes) is not { } document)
            return Refuse(protocol, call, protocol.NotJson());
        using (document)
        {
            try
            {
                return Plan(operation, call, key, id, new VendorRequest(http, document.RootElement));
            }
            catch (Exception e) when (e is InvalidOperationException or JsonException)
            {
                // A string that is not text, such as half a surrogate pair: the parser lets it pass, and only reading it or giving it back fails.
                return Refuse(protocol, call, protocol.NotJson());
            }
        }
    }

    private CallPlan Plan(IVendorOperation operation, VendorCall call, string key, string id, VendorRequest vendorCall)
    {
        var protocol = operation.Protocol;
        call = call with { Model = operation.NamedModel(vendorCall) };
        if (operation.Validate(vendorCall) is { } invalid)
            return Refuse(protocol, call, invalid);

        var request = operation.Read(vendorCall);
        call = call with { PromptSha256 = request.Prompt.Sha256(request.Model), InputTokens = request.Prompt.Tokens };
        if (catalog.Find(request.Model) is not { } state || state.Model.Vendor != protocol.Vendor)
            return Refuse(protocol, call, protocol.UnknownModel(request.Model));
        if (!state.Accepts(key))
            return Refuse(protocol, call, protocol.KeyRefused(key));
        if (operation.Validate(state.Model, request, vendorCall) is { } impossible)
            return Refuse(protocol, call, impossible);

        var generation = Generator.Generate(state.Model, request, state.Dice);
        var decision = state.Limiter.Enter(protocol.Cost(state.Model, request, generation));
        if (decision.Exceeded is not null)
            return Refuse(protocol, call, protocol.RateLimited(state.Model, decision), decision.Readings);

        var (fault, extra) = state.Faults.Pick(request.Prompt.Transcript);
        call = call with { Fault = fault is null ? (extra > TimeSpan.Zero ? Name(FaultKind.Slow) : null) : Name(fault.Kind) };
        if (fault is not null && protocol.FaultRefusal(fault, state.Model, request) is { } refusal)
            return Refuse(protocol, call, refusal, decision.Readings, extra) with { Slot = state.Limiter };
        if (fault is not null && protocol.FaultEnding(fault.Kind) is { } ending)
            generation = Generator.Generate(state.Model, request, state.Dice, ending);
        if (fault is not null && FlawOf(fault.Kind) is var flaw and not AnswerFlaw.None)
            generation = Generator.Generate(state.Model, request, state.Dice, flaw: flaw);
        return Answer(operation, vendorCall, call, id, state, request, generation, decision, fault, extra);
    }

    private static CallPlan Answer(
        IVendorOperation operation,
        VendorRequest vendorCall,
        VendorCall call,
        string id,
        ModelState state,
        ModelRequest request,
        Generation generation,
        LimitDecision decision,
        SimulatedFault? fault,
        TimeSpan extra)
    {
        var kind = fault?.Kind ?? FaultKind.Unknown;
        var isGenerated = kind != FaultKind.Hang && fault is not { BeforeGeneration: true };
        var latency = isGenerated
            ? extra + LatencyDistribution.Sample(state.Model.Latency, state.Dice, state.NextOrdinal(), generation.OutputTokens)
            : extra;
        if (isGenerated)
        {
            call = call with
            {
                CachedTokens = generation.CachedTokens,
                CacheWriteTokens = generation.CacheWriteTokens,
                OutputTokens = generation.OutputTokens,
                ReasoningTokens = generation.ReasoningTokens,
                FinishReason = generation.Finish == FinishReason.Unknown ? null : operation.Protocol.FinishReason(generation.Finish),
                Billed = true,
            };
        }

        var delivery = kind switch
        {
            FaultKind.Reset => Delivery.Reset,
            FaultKind.ResetAfterHeaders => Delivery.HeadersThenReset,
            FaultKind.CutBody => Delivery.HalfBody,
            FaultKind.Hang => Delivery.Never,
            _ => Delivery.Whole,
        };
        call = call with
        {
            Status = delivery is Delivery.Reset or Delivery.Never ? null : StatusCodes.Status200OK,
            LatencyPlannedMs = latency.TotalMilliseconds,
        };
        var body = delivery is Delivery.Reset or Delivery.Never
            ? []
            : operation.Answer(new AnswerContext(vendorCall, state.Model, request, generation, id, call.At, latency));
        if (kind == FaultKind.MalformedJson)
            body = Malformed(body);
        var size = new AnswerSize(generation.InputTokens, generation.OutputTokens, request.Prompt.Characters);
        var headers = new AnswerHeaders(call.RequestId, call.At, latency, decision.Readings, size, Refusal: null);
        return new CallPlan(call, headers, StatusCodes.Status200OK, body, delivery, state.Limiter);
    }

    private static CallPlan Refuse(
        IVendorProtocol protocol, VendorCall call, Refusal refusal, IReadOnlyList<LimitReading>? readings = null, TimeSpan extra = default)
    {
        call = call with { Status = refusal.Status, Error = refusal.Code ?? refusal.Type, LatencyPlannedMs = extra.TotalMilliseconds };
        var headers = new AnswerHeaders(call.RequestId, call.At, extra, readings ?? [], default, refusal);
        return new CallPlan(call, headers, refusal.Status, protocol.ErrorBody(refusal, call.RequestId), Delivery.Whole, Slot: null);
    }

    /// <summary>Two thirds of the answer, with the rest left out: what a proxy in trouble makes of JSON, under a correct length.</summary>
    private static byte[] Malformed(byte[] body) => body[..(body.Length * 2 / 3)];

    private static JsonDocument? Parse(ReadOnlySequence<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            // Null is "not JSON" here; the vendors say no more than that either.
            return null;
        }
    }

    private static AnswerFlaw FlawOf(FaultKind kind) => kind switch
    {
        FaultKind.WrongNumber => AnswerFlaw.WrongNumber,
        FaultKind.WrongLanguage => AnswerFlaw.WrongLanguage,
        FaultKind.Declined => AnswerFlaw.Declined,
        FaultKind.CutShort => AnswerFlaw.CutShort,
        FaultKind.LowScore => AnswerFlaw.LowScore,
        _ => AnswerFlaw.None,
    };

    private static string Name(FaultKind kind) => FaultNames[kind];
}

using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <summary>What all operations of a vendor have in common: keys, errors, headers.</summary>
internal interface IVendorProtocol
{
    Vendor Vendor { get; }

    /// <summary>The form in which the vendor writes the id of a request, made of 32 hex digits.</summary>
    string RequestId(string digits);

    /// <summary>Finds out which of the <paramref name="keys"/> of the vendor's models the caller has.</summary>
    KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys);

    /// <summary>Checks headers and query parameters other than the key's.</summary>
    Refusal? CheckHeaders(HttpRequest request);

    /// <summary>For a key that is right, but not for this model.</summary>
    Refusal KeyRefused(string key);

    Refusal NotJson();

    Refusal TooLarge();

    Refusal UnknownModel(string name);

    Refusal RateLimited(SimulatedModel model, LimitDecision decision);

    /// <summary>The error that a configured fault stands for; null for faults that are not an error answer.</summary>
    Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request);

    /// <summary>How an answer ends for which a configured fault stands; null for faults that are not such an ending.</summary>
    FinishReason? FaultEnding(FaultKind fault);

    LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation);

    string FinishReason(FinishReason finish);

    byte[] ErrorBody(Refusal refusal, string requestId);

    void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values);
}

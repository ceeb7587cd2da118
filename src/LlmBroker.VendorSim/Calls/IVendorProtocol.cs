using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <summary>What all operations of a vendor have in common: keys, errors, headers.</summary>
internal interface IVendorProtocol
{
    Vendor Vendor { get; }

    string? ReadKey(IHeaderDictionary headers);

    /// <summary>Checks headers other than the key's.</summary>
    Refusal? CheckHeaders(HttpRequest request);

    Refusal KeyRefused(string? key);

    Refusal NotJson();

    Refusal TooLarge();

    Refusal UnknownModel(string name);

    Refusal RateLimited(SimulatedModel model, LimitDecision decision);

    /// <summary>The error that a configured fault stands for; null for faults that are not an error answer.</summary>
    Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request);

    LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation);

    string FinishReason(FinishReason finish);

    byte[] ErrorBody(Refusal refusal, string requestId);

    void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values);
}

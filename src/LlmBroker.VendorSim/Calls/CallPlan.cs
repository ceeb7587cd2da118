using LlmBroker.Simulation.CallLog;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Calls;

/// <summary>All that is decided about a call when it arrives; what is left is to log it, wait and send.</summary>
/// <param name="Slot">The quota to leave when the call is over; null when it was not let in.</param>
internal sealed record CallPlan(VendorCall Call, AnswerHeaders Headers, int Status, byte[] Body, Delivery Delivery, ModelLimiter? Slot);

using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <summary>One path of a vendor: what it refuses, how a request is read and an answer written.</summary>
internal interface IVendorOperation
{
    IVendorProtocol Protocol { get; }

    /// <summary>The model asked for, in the path or the body, whether or not the rest is valid; null when there is none to read.</summary>
    string? NamedModel(VendorRequest call);

    /// <summary>Refuses what the vendor refuses whatever the model.</summary>
    Refusal? Validate(VendorRequest call);

    /// <summary>Reads a call that <see cref="Validate(VendorRequest)"/> let pass.</summary>
    ModelRequest Read(VendorRequest call);

    /// <summary>Refuses what this model cannot do.</summary>
    Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call);

    byte[] Answer(AnswerContext context);
}

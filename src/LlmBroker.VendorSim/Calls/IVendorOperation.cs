using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <summary>One path of a vendor: what it refuses, how a request is read and an answer written.</summary>
internal interface IVendorOperation
{
    IVendorProtocol Protocol { get; }

    /// <summary>Refuses what the vendor refuses whatever the model.</summary>
    Refusal? Validate(JsonElement body);

    /// <summary>Reads a body that <see cref="Validate(JsonElement)"/> let pass.</summary>
    ModelRequest Read(JsonElement body);

    /// <summary>Refuses what this model cannot do.</summary>
    Refusal? Validate(SimulatedModel model, ModelRequest request);

    byte[] Answer(AnswerContext context);
}

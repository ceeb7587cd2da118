using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(ModelsDocument))]
internal sealed partial class ModelsJson : JsonSerializerContext;

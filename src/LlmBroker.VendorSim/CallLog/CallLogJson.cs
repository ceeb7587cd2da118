using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.CallLog;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(VendorCall))]
[JsonSerializable(typeof(IReadOnlyList<VendorCall>))]
[JsonSerializable(typeof(CallStats.Snapshot))]
internal sealed partial class CallLogJson : JsonSerializerContext;

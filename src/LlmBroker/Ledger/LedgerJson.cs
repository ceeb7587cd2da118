using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>JSON that the ledger keeps in its columns, and the messages that it keeps in dead letters.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReplyAddress))]
[JsonSerializable(typeof(IReadOnlyList<ReplyAddress>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(RunInference))]
internal sealed partial class LedgerJson : JsonSerializerContext;

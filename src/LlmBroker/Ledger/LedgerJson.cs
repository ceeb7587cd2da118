using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>JSON that the ledger keeps in its columns.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReplyAddress))]
[JsonSerializable(typeof(IReadOnlyList<ReplyAddress>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class LedgerJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;

namespace LlmBroker.Ledger;

/// <summary>JSON that the ledger keeps in its columns.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReplyAddress))]
[JsonSerializable(typeof(IReadOnlyList<ReplyAddress>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(Route))]
[JsonSerializable(typeof(RedriveEdits))]
internal sealed partial class LedgerJson : JsonSerializerContext;

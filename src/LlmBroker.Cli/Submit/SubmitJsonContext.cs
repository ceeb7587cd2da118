using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Submit;

/// <summary>Everything that <c>submit</c> writes into files and reads back, and its summary.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OutputLine))]
[JsonSerializable(typeof(AnsweredLine))]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(LineMetadata))]
[JsonSerializable(typeof(SubmitSummary))]
internal sealed partial class SubmitJsonContext : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Submit;

/// <summary>An <see cref="OutputLine"/> read back without its answer, which a resumed job need not hold.</summary>
internal sealed record AnsweredLine
{
    public string? Id { get; init; }

    [JsonPropertyName("custom_id")]
    public string? CustomId { get; init; }

    public OutputError? Error { get; init; }

    public OutputFacts? Llmbroker { get; init; }

    public int? Line { get; init; }

    public static AnsweredLine Of(OutputLine line) => new()
    {
        Id = line.Id,
        CustomId = line.CustomId,
        Error = line.Error,
        Llmbroker = line.Llmbroker,
        Line = line.Line,
    };
}

using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Submit;

/// <summary>A line of the journal: the first names the job, each other one a line of the input whose request RabbitMQ has confirmed.</summary>
internal sealed record JournalEntry
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Job { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Retry { get; init; }

    /// <summary>A <c>custom_id</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sent { get; init; }
}

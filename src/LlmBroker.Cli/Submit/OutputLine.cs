using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// A line of the output and of the errors file, in the shape of OpenAI's batch output
/// (https://platform.openai.com/docs/api-reference/batch/request-output) with our own facts beside it.
/// </summary>
internal sealed record OutputLine
{
    /// <summary>The reply's id, stable over redeliveries; null for a line that was never sent.</summary>
    public string? Id { get; init; }

    [JsonPropertyName("custom_id")]
    public string? CustomId { get; init; }

    public OutputResponse? Response { get; init; }

    public OutputError? Error { get; init; }

    public OutputFacts? Llmbroker { get; init; }

    /// <summary>Number of the line in the input, when it could not be sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Line { get; init; }

    public static OutputLine Completed(string replyId, string customId, InferenceCompleted reply) => new()
    {
        Id = replyId,
        CustomId = customId,
        Response = new OutputResponse(200, reply.RequestId, reply.Body),
        Llmbroker = new OutputFacts
        {
            RequestId = reply.RequestId,
            Run = reply.Run,
            Model = reply.Route.Model,
            Deployment = reply.Route.Deployment,
            Tier = reply.Route.Tier,
            Task = reply.Route.Task,
            Reason = reply.Route.Reason,
            Attempts = reply.Attempts,
            Usage = reply.Usage,
            CostUsd = reply.CostUsd,
            PriceStatus = reply.PriceStatus,
            FinishReason = reply.FinishReason,
        },
    };

    public static OutputLine Failed(string replyId, string customId, InferenceFailed reply, int retry) => new()
    {
        Id = replyId,
        CustomId = customId,
        Error = new OutputError(reply.Reason.ToString(), reply.Message),
        Llmbroker = new OutputFacts
        {
            RequestId = reply.RequestId,
            Run = reply.Run,
            Retry = retry,
            Model = reply.Route?.Model,
            Deployment = reply.Route?.Deployment,
            Tier = reply.Route?.Tier,
            Task = reply.Route?.Task,
            Reason = reply.Route?.Reason,
            Attempts = reply.Attempts,
            CostUsd = reply.CostUsd,
            PriceStatus = reply.PriceStatus,
            DeadLetterId = reply.DeadLetterId,
        },
    };

    public static OutputLine Invalid(int line, InputFault fault) => new()
    {
        CustomId = fault.CustomId,
        Error = new OutputError(OutputError.InvalidLine, $"Line {line} {fault.Message}."),
        Line = line,
    };
}

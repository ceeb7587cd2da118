using System.Text.Json;

namespace LlmBroker.Contracts;

/// <summary>
/// A request for one inference. Publish it to the exchange <c>llm.requests</c> with the routing key
/// <c>{tenant}.{lane}</c>; the reply goes to the queue named by the AMQP property <c>reply_to</c>.
/// </summary>
/// <remarks>
/// Words with a closed set of values (<see cref="Lane"/>, <see cref="Task"/>, <see cref="Delivery"/>, <see cref="Operation"/>)
/// are strings here, so that a wrong one is answered with a typed failure instead of being unreadable.
/// </remarks>
public sealed record SubmitInference
{
    /// <summary>
    /// Idempotency key within the tenant, at most 200 characters. Default: the AMQP property <c>message_id</c>.
    /// A second message with the same id and body gets the first one's reply; with another body it gets
    /// <see cref="FailureReason.IdempotencyConflict"/>.
    /// </summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// The OpenAI chat-completion or embeddings request. Members that the broker does not read reach the vendor unchanged.
    /// </summary>
    public JsonElement Body { get; init; }

    /// <summary><c>chat</c> (default) or <c>embeddings</c>.</summary>
    public string? Operation { get; init; }

    /// <summary><c>interactive</c>, <c>standard</c> or <c>bulk</c>. Default: the lane of the routing key; if both are there they must agree.</summary>
    public string? Lane { get; init; }

    /// <summary>
    /// After this instant no vendor call is started, one that runs is aborted, and the request ends as <see cref="FailureReason.Expired"/>.
    /// Default: that of the lane.
    /// </summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>A configured routing policy. Excludes <see cref="Model"/>. Default: the configured default policy.</summary>
    public string? Policy { get; init; }

    /// <summary>A configured model, wins over <c>body.model</c>. Excludes <see cref="Policy"/>.</summary>
    public string? Model { get; init; }

    /// <summary>Kind of work, e.g. <c>translation</c>; spares the classifier. Default: classified from the text.</summary>
    public string? Task { get; init; }

    /// <summary>Cap on the money spent on this request, in USD, over all attempts. A call whose estimate would pass it is not made.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>
    /// <c>at-least-once</c>: a call whose outcome is unknown is made again. <c>at-most-once</c>: it is dead-lettered instead.
    /// Default: what is configured for the task, else <c>at-least-once</c>.
    /// </summary>
    public string? Delivery { get; init; }

    /// <summary>Groups requests for progress and cancellation, at most 200 characters.</summary>
    public string? GroupId { get; init; }

    /// <summary>Any JSON, echoed in the reply.</summary>
    public JsonElement? Metadata { get; init; }
}

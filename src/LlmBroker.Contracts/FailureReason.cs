using System.Text.Json.Serialization;

namespace LlmBroker.Contracts;

/// <summary>Why a request ended without an answer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FailureReason>))]
public enum FailureReason
{
    /// <summary>Set by a newer broker than this contract knows.</summary>
    Unknown = 0,

    /// <summary>A member is missing, of the wrong type, out of range, or contradicts another.</summary>
    InvalidRequest = 1,

    /// <summary>No such model in the configuration.</summary>
    UnknownModel = 2,

    /// <summary>No such policy in the configuration.</summary>
    UnknownPolicy = 3,

    /// <summary>The routing key names no lane.</summary>
    UnknownLane = 4,

    /// <summary>The message is larger than the configured limit.</summary>
    PayloadTooLarge = 5,

    /// <summary>The reply queue is not one that this tenant may name.</summary>
    ForeignReplyQueue = 6,

    /// <summary>RabbitMQ did not say who published, or that user belongs to no tenant.</summary>
    UnknownTenant = 7,

    /// <summary>The deployment cannot do what was asked, e.g. <c>stream: true</c>.</summary>
    Unsupported = 8,

    /// <summary>The prompt is longer than the model's context.</summary>
    ContextTooLong = 9,

    /// <summary>The vendor's content filter refused the prompt.</summary>
    ContentFiltered = 10,

    /// <summary>The vendor refused the request as malformed.</summary>
    RefusedByVendor = 11,

    /// <summary>The request id was used before with another body.</summary>
    IdempotencyConflict = 12,

    /// <summary>The request finished, but its reply is no longer kept.</summary>
    ReplyExpired = 13,

    /// <summary>The deadline or the AMQP expiration passed before a call succeeded.</summary>
    Expired = 14,

    /// <summary>Cancelled by the producer or an operator.</summary>
    Cancelled = 15,

    /// <summary>The next call could pass <c>maxCostUsd</c>.</summary>
    CostLimit = 16,

    /// <summary><c>maxCostUsd</c> was given and the model has no price.</summary>
    PriceUnknown = 17,

    /// <summary>The vendor refused our key, account or deployment. Dead-lettered: an operator can fix it.</summary>
    KeyRefused = 18,

    /// <summary>Attempts, waits and fallbacks are used up. Dead-lettered.</summary>
    Exhausted = 19,

    /// <summary>A call was started and its outcome is unknown, under <c>at-most-once</c>. Dead-lettered.</summary>
    Ambiguous = 20,

    /// <summary>The message brought its consumers down again and again. Dead-lettered.</summary>
    Poison = 21,

    /// <summary>The message cannot be read. Dead-lettered.</summary>
    Unreadable = 22,

    /// <summary>A fault of the broker itself. Dead-lettered.</summary>
    Internal = 23,

    /// <summary>The request's body was kept in the ledger and is gone from there. Dead-lettered, but nothing brings it back: publish it anew.</summary>
    BodyMissing = 24,
}

using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

/// <summary>Whether a dead letter may be sent again.</summary>
internal enum RedriveState
{
    Unknown = 0,

    /// <summary>Send <see cref="RedriveResult.Body"/>. Asking again gives the same until a worker has taken it.</summary>
    Redriven = 1,

    NotFound = 2,
    Discarded = 3,

    /// <summary>It was redriven before and a worker has taken that run.</summary>
    Taken = 4,

    /// <summary>The request is running or waiting in the letter's own run.</summary>
    Running = 5,

    /// <summary>A later run of the request was opened from another letter, or by a producer who published that id again.</summary>
    Superseded = 6,

    /// <summary>The body of a letter that names a run is no run.</summary>
    Unreadable = 7,

    /// <summary>It was redriven before with other edits, is sent or about to be, and no worker has taken that run yet.</summary>
    OtherEdits = 8,

    /// <summary>Its request was redriven too often already.</summary>
    TooOften = 9,

    /// <summary>What would be sent could not be run.</summary>
    Invalid = 10,
}

/// <param name="State">Whether to send.</param>
/// <param name="Run">The new run; null for a letter without one, whose body goes back to <paramref name="Source"/> as it was.</param>
/// <param name="Body">What to send: JSON of <see cref="RunInference"/>, or the raw message.</param>
/// <param name="Source">Exchange and routing key, or queue, of a letter without a run.</param>
internal sealed record RedriveResult(RedriveState State, int? Run = null, byte[]? Body = null, string? Source = null)
{
    /// <summary>The letter whose message goes back as it was, with its properties.</summary>
    public DeadLetter? Raw { get; init; }
}

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>What must hold after any run.</summary>
internal enum ChaosGuarantee
{
    Unknown = 0,

    /// <summary>Each confirmed message has an outcome on record, and a reply.</summary>
    NothingLost,

    /// <summary>One outcome per run, and one reply id for it, whoever is told and however often.</summary>
    OneOutcome,

    /// <summary>Each vendor call is of an attempt on record.</summary>
    CallsOnRecord,

    /// <summary>A call is repeated only after one that failed and may be repeated, was ambiguous, or in another run.</summary>
    RepeatsExplained,

    /// <summary>Concluded attempts cost what the vendor billed; ambiguous ones are estimated no lower; a request costs what its attempts do.</summary>
    CostsAgree,

    /// <summary>No request has spent more than its cap.</summary>
    CapsHold,

    /// <summary>Each attempt has an end.</summary>
    AttemptsEnded,

    /// <summary>Each outcome that needs an operator has one dead letter, and no other has.</summary>
    DeadLettersAgree,

    /// <summary>A same id is answered by the first body's result or by a conflict, and no failure is the broker's own.</summary>
    AnswersFit,
}

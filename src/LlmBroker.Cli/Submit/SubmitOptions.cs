namespace LlmBroker.Cli.Submit;

/// <summary>What the command line says about one job.</summary>
internal sealed record SubmitOptions
{
    public required string Input { get; init; }

    public required string Output { get; init; }

    /// <summary>Where failures and unusable lines go.</summary>
    public required string Errors { get; init; }

    /// <summary>Which requests were confirmed, while the job is not finished.</summary>
    public string Journal => Output + ".journal";

    public required string Tenant { get; init; }

    public required string Lane { get; init; }

    public string? Policy { get; init; }

    public string? Model { get; init; }

    public string? Task { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    public decimal? MaxCostUsd { get; init; }

    public string? GroupId { get; init; }

    /// <summary>Null: as it is configured for the task.</summary>
    public string? Delivery { get; init; }

    /// <summary>Requests without a reply at any moment.</summary>
    public required int InFlight { get; init; }

    /// <summary>The job's name; null: from the content of the input.</summary>
    public string? Job { get; init; }

    /// <summary>Send what failed once more, as new requests.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Send again what was sent and not answered.</summary>
    public bool Resend { get; init; }
}

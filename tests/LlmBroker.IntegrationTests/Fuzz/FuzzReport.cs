namespace LlmBroker.IntegrationTests.Fuzz;

/// <summary>Where the messages ended.</summary>
internal sealed record FuzzReport
{
    public required int Published { get; init; }

    /// <summary>RabbitMQ gave them back or would not have them: their producer knows.</summary>
    public required int Refused { get; init; }

    /// <summary>Cancellations that are well-formed, or that expired before anybody read them; they leave nothing behind.</summary>
    public required int Cancellations { get; init; }

    public required int Completed { get; init; }
    public required int Failed { get; init; }
    public required int DeadLettered { get; init; }

    /// <summary>How many dead letters there are of each reason and error.</summary>
    public required IReadOnlyDictionary<string, long> Reasons { get; init; }

    /// <summary>Descriptions of those of which nothing is known.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>Requests that the ledger still takes for unfinished.</summary>
    public required long Unfinished { get; init; }

    /// <summary>Dead letters that do not say why.</summary>
    public required long WithoutReason { get; init; }

    /// <summary>Queues that were not empty at the end, with their messages.</summary>
    public required IReadOnlyDictionary<string, long> Left { get; init; }

    public bool IsClean => Lost.Count == 0 && Unfinished == 0 && WithoutReason == 0 && Left.Count == 0;
}

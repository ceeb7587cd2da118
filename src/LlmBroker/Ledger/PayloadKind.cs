namespace LlmBroker.Ledger;

/// <summary>What a row of <c>payloads</c> holds. The numbers are those of the column <c>kind</c>.</summary>
internal enum PayloadKind
{
    Unknown = 0,

    /// <summary>A reply as it goes over the wire; kept from when its run was settled.</summary>
    Reply = 1,

    /// <summary>The body of a request that is too large to travel; kept from when the request was accepted.</summary>
    RequestBody = 2,

    /// <summary>The prompt's hashed features, to learn from; kept from when the request was accepted.</summary>
    Features = 3,
}

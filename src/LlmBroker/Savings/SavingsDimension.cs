namespace LlmBroker.Savings;

/// <summary>By what savings are summed up.</summary>
internal enum SavingsDimension
{
    /// <summary>UTC day on which the request was accepted.</summary>
    Day = 1,

    /// <summary>Kind of work.</summary>
    Task = 2,

    /// <summary>Tenant.</summary>
    Tenant = 3,

    /// <summary>Policy that chose.</summary>
    Policy = 4,

    /// <summary>The two models that it chose between.</summary>
    Model = 5,
}

namespace LlmBroker.Simulation.Calls;

/// <summary>Which of the models' keys a caller has, or why it was sent away; one of the two is null.</summary>
internal readonly record struct KeyCheck(string? Key, Refusal? Refusal)
{
    /// <summary>For vendors to whom the key itself is sent.</summary>
    public static KeyCheck Of(string? presented, IReadOnlySet<string> keys, Func<string?, Refusal> refuse) =>
        presented is not null && keys.Contains(presented) ? new KeyCheck(presented, null) : new KeyCheck(null, refuse(presented));

    /// <summary>The token of <c>Authorization: Bearer</c>; null without one.</summary>
    public static string? Bearer(IHeaderDictionary headers)
    {
        const string Scheme = "Bearer ";
        var authorization = headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && authorization[Scheme.Length..].Trim() is { Length: > 0 } key
            ? key
            : null;
    }
}

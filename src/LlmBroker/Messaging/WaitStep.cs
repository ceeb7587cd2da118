namespace LlmBroker.Messaging;

/// <summary>One wait queue: a message that enters it comes back to <c>llm.work</c> after the delay, with its routing key.</summary>
internal sealed record WaitStep(string Name, TimeSpan Delay)
{
    public static readonly WaitStep[] All =
    [
        new("5s", TimeSpan.FromSeconds(5)),
        new("30s", TimeSpan.FromSeconds(30)),
        new("2m", TimeSpan.FromMinutes(2)),
        new("10m", TimeSpan.FromMinutes(10)),
    ];

    public string Queue => $"llm.wait.{Name}";

    /// <summary>The shortest step that is at least <paramref name="delay"/>; the longest when none is.</summary>
    public static WaitStep AtLeast(TimeSpan delay)
    {
        foreach (var step in All)
        {
            if (step.Delay >= delay)
                return step;
        }

        return All[^1];
    }
}

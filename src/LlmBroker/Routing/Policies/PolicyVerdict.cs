namespace LlmBroker.Routing.Policies;

/// <summary>What a policy says of a request.</summary>
/// <param name="Model">Where it goes.</param>
/// <param name="Why">In a few words.</param>
internal sealed record PolicyVerdict(string Model, string Why)
{
    /// <summary>The two models that there were to choose from; null: there was no choice.</summary>
    public string? Cheap { get; init; }

    public string? Large { get; init; }

    /// <summary>The model for what <see cref="Model"/> and the policy's fallbacks cannot do; null: there is none.</summary>
    public string? LastResort { get; init; }

    /// <summary>The rule that decided, counted from 1; null when none did.</summary>
    public int? Rule { get; init; }

    /// <summary>Expected gain of the large model, 0 to 1; null when nobody asked.</summary>
    public double? Gain { get; init; }

    /// <summary>From which gain on the large model is taken, whether it was or not; null when that did not decide.</summary>
    public double? Threshold { get; init; }

    /// <summary>Version of the routing model that expected it; null when nobody asked.</summary>
    public string? RoutingModel { get; init; }

    /// <summary><c>cheap</c> or <c>large</c> when it was drawn by lot.</summary>
    public string? Arm { get; init; }

    /// <summary>The answer of the cheap model is to be checked, and the large one asked where it does not pass.</summary>
    public bool IsChecked { get; init; }
}

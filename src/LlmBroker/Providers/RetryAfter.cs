using System.Globalization;

namespace LlmBroker.Providers;

/// <summary>Reads from a refusal how long the vendor asks to wait.</summary>
internal static class RetryAfter
{
    // Keeps a nonsense value from overflowing what is computed with it; nothing waits that long.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(7);

    /// <param name="answer">The refusal.</param>
    /// <param name="inBody">What its body says, for vendors that have no header for it.</param>
    /// <param name="now">For a point in time.</param>
    public static TimeSpan? Read(VendorAnswer answer, TimeSpan? inBody, DateTimeOffset now)
    {
        if (Number(answer.Header("retry-after-ms")) is { } milliseconds)
            return Bounded(milliseconds / 1000);

        var value = answer.Header("Retry-After");
        if (Number(value) is { } seconds)
            return Bounded(seconds);

        if (DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return Bounded((date - now).TotalSeconds);

        return Bounded(inBody) ?? ResetHint(answer);
    }

    // OpenAI always sends both resets. The one whose allowance is at 0 holds the request up; else it is the tokens, which may be
    // too few for this request though not 0. They name the time until all is there again, so this is the upper end.
    private static TimeSpan? ResetHint(VendorAnswer answer) =>
        answer.Header("x-ratelimit-remaining-requests") == "0"
            ? Duration(answer.Header("x-ratelimit-reset-requests"))
            : Duration(answer.Header("x-ratelimit-reset-tokens")) ?? Duration(answer.Header("x-ratelimit-reset-requests"));

    /// <summary>A duration as Go writes it: <c>1h2m3.5s</c>, <c>6m0s</c>, <c>20ms</c>.</summary>
    public static TimeSpan? Duration(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return null;

        var seconds = 0d;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('.', '9');
            if (digits <= 0 || !double.TryParse(text[..digits], CultureInfo.InvariantCulture, out var number))
                return null;

            text = text[digits..];
            var unit = text.IndexOfAnyInRange('.', '9') is var next and >= 0 ? text[..next] : text;
            seconds += number * unit switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 0.001, _ => double.NaN };
            text = text[unit.Length..];
        }

        return Bounded(seconds);
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeSpan? Bounded(TimeSpan? wait) => wait is { } some ? Bounded(some.TotalSeconds) : null;

    private static TimeSpan? Bounded(double seconds) => seconds switch
    {
        double.NaN => null,
        <= 0 => TimeSpan.Zero,
        _ => seconds >= s_longest.TotalSeconds ? s_longest : TimeSpan.FromSeconds(seconds),
    };
}

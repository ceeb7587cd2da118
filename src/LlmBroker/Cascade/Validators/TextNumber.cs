namespace LlmBroker.Cascade.Validators;

/// <summary>A number as a text has it, with all that it may mean: <c>1,250</c> is 1250 or 1.25, <c>2 million</c> is 2 or 2,000,000.</summary>
/// <param name="Text">As it stands there, without the word after it.</param>
/// <param name="Readings">What it may mean.</param>
/// <param name="Digits">How many digits it is written with; 0 for words.</param>
/// <param name="IsExact">It has a decimal part or a percent sign.</param>
internal sealed record TextNumber(string Text, IReadOnlyList<decimal> Readings, int Digits, bool IsExact)
{
    public bool Means(TextNumber other) => Readings.Any(other.Readings.Contains);

    /// <summary>Within a twentieth, as a rounded figure is.</summary>
    public bool IsNear(TextNumber other) => Readings.Any(one => other.Readings.Any(two => Math.Abs(one - two) <= Math.Abs(two) / 20));
}

namespace LlmBroker.Savings;

/// <summary>What the choices between two models saved, by group and in all.</summary>
/// <param name="Rows">By name; groups without a choice are left out.</param>
/// <param name="Total">Of all of them, from the same sums.</param>
internal sealed record SavingsReport(IReadOnlyList<SavingsRow> Rows, SavingsRow Total)
{
    /// <summary>False: no request left the policy a choice.</summary>
    public bool HasChoices => Total.Runs > 0;

    public static SavingsReport Of(IReadOnlyCollection<SavingsCell> cells) => new(
        [.. cells.GroupBy(cell => cell.Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => SavingsRow.Sum(group.Key, [.. group]))],
        SavingsRow.Sum("total", cells));
}

using LlmBroker.Configuration;

namespace LlmBroker.Routing;

/// <summary>What may be spent on copies that run on one deployment: so many a minute, so many USD a UTC day. Used by one thread.</summary>
internal sealed class ShadowBudget
{
    private DateTimeOffset minute;
    private int copies;
    private DateOnly day;
    private decimal spentUsd;
    private decimal addedUsd;

    /// <summary>What the ledger knows of the day; estimates of copies from before that are in it from then on.</summary>
    public void Know(decimal spentOnDayUsd, DateTimeOffset now)
    {
        StartDay(now);
        spentUsd = spentOnDayUsd;
        addedUsd = 0;
    }

    /// <summary>Takes one copy out of the budget, if there is room for it.</summary>
    /// <param name="options">The caps.</param>
    /// <param name="estimateUsd">Of the copy; null, an unknown price, could pass any cap.</param>
    /// <param name="now">The time.</param>
    public bool TryTake(ShadowOptions options, decimal? estimateUsd, DateTimeOffset now)
    {
        StartDay(now);
        if (now - minute >= TimeSpan.FromMinutes(1))
            (minute, copies) = (now, 0);
        if (copies >= options.MaxPerMinute || estimateUsd is not { } estimate || spentUsd + addedUsd + estimate > options.MaxUsdPerDay)
            return false;

        copies++;
        addedUsd += estimate;
        return true;
    }

    private void StartDay(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (today != day)
            (day, spentUsd, addedUsd) = (today, 0, 0);
    }
}

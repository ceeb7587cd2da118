using System.Text.RegularExpressions;

namespace LlmBroker.Configuration;

/// <summary>Rules for how long things are kept, which depend on each other.</summary>
internal static partial class RetentionValidator
{
    private static readonly TimeSpan ShortestPayloads = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);
    private static readonly RetentionOptions Defaults = new();

    public static void Check(BrokerOptions options, FindingList faults)
    {
        var kept = options.Ledger.Kept;
        CheckPayloads(options.Ledger, faults);
        faults.Range("ledger.retention.usage", kept.Usage, Day, Longest);
        faults.Range("ledger.retention.claims", kept.Claims, Day, Longest);
        faults.Range("ledger.retention.deadLetters", kept.DeadLetters, Day, Longest);
        if (kept.Claims < kept.Payloads)
            AddShorter("claims", kept.Claims, "payloads", kept.Payloads, "a duplicate would be paid again while the first reply is still there");
        if (kept.Usage < kept.Claims)
            AddShorter("usage", kept.Usage, "claims", kept.Claims, "an open request would lose its attempts");

        foreach (var (lane, settings) in new[] { ("interactive", options.Lanes.Interactive), ("standard", options.Lanes.Standard), ("bulk", options.Lanes.Bulk) })
        {
            if (settings.DefaultDeadline > kept.Claims)
                faults.Add($"lanes.{lane}.defaultDeadline", $"{DurationText.Format(settings.DefaultDeadline)} is longer than ledger.retention.claims, {DurationText.Format(kept.Claims)}; lower it or raise that");
        }

        foreach (var (name, tenant) in options.Tenants)
            CheckTenant(name, tenant.Retention, kept, faults);

        void AddShorter(string member, TimeSpan value, string other, TimeSpan least, string why) => faults.Add(
            $"ledger.retention.{member}",
            $"{DurationText.Format(value)} is shorter than {other}, {DurationText.Format(least)}: {why}; raise it or lower that");
    }

    private static void CheckPayloads(LedgerOptions ledger, FindingList faults)
    {
        if (ledger.ReplyRetention is { } former)
        {
            faults.Range("ledger.replyRetention", former, ShortestPayloads, Longest);
            if (ledger.Retention.Payloads != Defaults.Payloads && ledger.Retention.Payloads != former)
                faults.Add("ledger.replyRetention", "is the former name of ledger.retention.payloads, which is set too; keep that one");
        }
        else
        {
            faults.Range("ledger.retention.payloads", ledger.Retention.Payloads, ShortestPayloads, Longest);
        }
    }

    private static void CheckTenant(string name, TenantRetentionOptions retention, RetentionOptions kept, FindingList faults)
    {
        var path = ConfigurationPath.Of("tenants", name);
        if (!TenantName().IsMatch(name))
            faults.Add(path, "cannot be a tenant's name; write lower-case letters, digits and '-', at most 63");
        if (retention.Payloads is not { } payloads)
            return;
        if (payloads < ShortestPayloads || payloads > kept.Payloads)
        {
            faults.Add(
                $"{path}.retention.payloads",
                $"{DurationText.Format(payloads)} is out of range; write {DurationText.Format(ShortestPayloads)} to ledger.retention.payloads, {DurationText.Format(kept.Payloads)}");
        }
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex TenantName();
}

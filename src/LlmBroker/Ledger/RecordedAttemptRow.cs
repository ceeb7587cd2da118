using System.Data.Common;

namespace LlmBroker.Ledger;

/// <summary>Reads <c>tenant, request_id, attempt_id, run, claim_id, started_at, estimated_cost_usd, status, cost_usd</c>: a row for each end.</summary>
internal static class RecordedAttemptRow
{
    public static async Task<ILookup<ClaimKey, RecordedAttempt>> ReadAllAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var attempts = new Dictionary<(ClaimKey Key, Guid AttemptId), RecordedAttempt>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = (new ClaimKey(reader.GetString(0), reader.GetString(1)), reader.GetGuid(2));
            if (!attempts.TryGetValue(key, out var attempt))
            {
                attempt = new RecordedAttempt(
                    key.Item2, reader.GetInt32(3), reader.GetGuid(4), reader.GetFieldValue<DateTimeOffset>(5), reader.Value<decimal>(6), []);
            }

            if (reader.Value<short>(7) is { } status)
                attempt = attempt with { Ends = [.. attempt.Ends, new RecordedEnd((AttemptStatus)status, reader.Value<decimal>(8))] };
            attempts[key] = attempt;
        }

        return attempts.ToLookup(entry => entry.Key.Key, entry => entry.Value);
    }
}

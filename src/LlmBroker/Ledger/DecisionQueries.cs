using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.Ledger;

/// <summary>What is on record of the router's decisions; one SQL for both databases.</summary>
internal sealed class DecisionQueries(ILedgerDatabase database)
{
    /// <summary>The newest run's; null when there is no record of the request, or none any more.</summary>
    public Task<RecordedDecision?> GetAsync(string tenant, string requestId, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = """
                SELECT run, accepted_at, lane, prompt_tokens, task, task_confidence, policy, model, tier, deployment, fallbacks, reason,
                    gain, source_language, target_language, arm, cheap_model, large_model, decision
                FROM requests
                WHERE tenant = @tenant AND request_id = @requestId
                ORDER BY run DESC, accepted_at DESC
                LIMIT 1
                """;
            foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("tenant", tenant), ("requestId", requestId)])
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken))
                return null;

            var decision = row.Text(18) is { } json ? Decision.Parse(json) : null;
            var route = row.Text(9) is not { } deployment ? null : new Route
            {
                Task = row.Text(4),
                TaskConfidence = row.Value<double>(5),
                Policy = row.Text(6),
                Model = row.Text(7) ?? "",
                Tier = row.Text(8) ?? "",
                Deployment = deployment,
                Fallbacks = row.Text(10) is { } fallbacks ? JsonSerializer.Deserialize(fallbacks, LedgerJson.Default.IReadOnlyListString)! : [],
                EscalateTo = decision?.EscalateTo ?? [],
                Reason = row.Text(11) ?? "",
                Gain = row.Value<double>(12),
                SourceLanguage = row.Text(13),
                TargetLanguage = row.Text(14),
                Arm = row.Text(15),
                CheapModel = row.Text(16),
                LargeModel = row.Text(17),
            };
            return new RecordedDecision(row.GetInt32(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetInt32(3), route, decision);
        },
        cancellationToken);
}

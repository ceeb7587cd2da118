using System.Data.Common;
using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>Writes that a request has its next run: the claim as nobody has taken it, and the row of the run.</summary>
internal static class RunOpening
{
    /// <param name="database">The words in which the databases differ.</param>
    /// <param name="connection">The caller's.</param>
    /// <param name="transaction">The caller's; it holds the claim's lock.</param>
    /// <param name="message">The run as it will be sent.</param>
    /// <param name="replaced">When the same run was opened before, was not sent and is now opened with other edits; else null.</param>
    /// <param name="isKnown">Whether the request has a claim.</param>
    /// <param name="bytes">Size of the message.</param>
    /// <param name="order">What was asked for; what it does not say of the run is as in the last one.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task WriteAsync(
        ILedgerDatabase database,
        DbConnection connection,
        DbTransaction transaction,
        RunInference message,
        DateTimeOffset? replaced,
        bool isKnown,
        int bytes,
        RedriveOrder order,
        CancellationToken cancellationToken)
    {
        var parameters = new
        {
            Tenant = StoredText.Clean(message.Tenant),
            RequestId = StoredText.Clean(message.RequestId),
            message.Run,
            AcceptedAt = SqliteDatabase.Time(message.AcceptedAt),
            Deadline = SqliteDatabase.Time(message.Deadline),
            message.Lane,
            message.Operation,
            message.Route.Task,
            message.Route.TaskConfidence,
            message.Route.Policy,
            message.Route.Model,
            message.Route.Tier,
            message.Route.Deployment,
            Fallbacks = RequestRow.WriteFallbacks(message.Route),
            message.Route.Reason,
            order.PromptTokens,
            message.Route.Gain,
            message.Route.SourceLanguage,
            message.Route.TargetLanguage,
            message.Route.Arm,
            message.Route.CheapModel,
            message.Route.LargeModel,
            Decision = RequestRow.WriteDecision(order.Decision),
            Bytes = bytes,
            message.MaxCostUsd,
            message.AtMostOnce,
            GroupId = StoredText.Clean(message.GroupId),
            ReplyTo = ClaimRow.WriteAddress(message.ReplyTo),
            ReplyQueue = StoredText.Clean(message.ReplyTo?.Queue),
            NoHash = Array.Empty<byte>(),
            LastRun = message.Run - 1,
            Replaced = replaced,
        };
        var claim = isKnown
            ? """
              UPDATE claims SET
                  run = @Run, state = 1, claim_id = NULL, worker_id = NULL, open_attempt_id = NULL, attempts = 0, ambiguous = false,
                  cancel_requested = false, deadline = @Deadline, lane = @Lane, deployment = @Deployment, reason = NULL, failure = NULL,
                  reply_id = NULL, finished_at = NULL, updated_at = @AcceptedAt
              WHERE tenant = @Tenant AND request_id = @RequestId
              """
            : $"""
              INSERT INTO claims (
                  tenant, request_id, run, body_hash, state, lane, deployment, reply_to, group_id, accepted_at, updated_at, deadline)
              VALUES (
                  @Tenant, @RequestId, @Run, @NoHash, 1, @Lane, @Deployment, {database.Json("@ReplyTo")}, @GroupId, @AcceptedAt, @AcceptedAt,
                  @Deadline)
              """;
        await ExecuteAsync(claim);

        // A run has one row.
        if (replaced is not null)
            await ExecuteAsync("DELETE FROM requests WHERE tenant = @Tenant AND request_id = @RequestId AND run = @Run AND accepted_at = @Replaced");
        var decision = order.Edits.Reroutes ? database.Json("@Decision") : $"coalesce({database.Json("@Decision")}, ({LastRun("decision")}))";
        await ExecuteAsync(
            $"""
            INSERT INTO requests (
                tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
                fallbacks, reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id,
                gain, source_language, target_language, arm, cheap_model, large_model, decision)
            VALUES (
                @Tenant, @RequestId, @Run, @AcceptedAt, false, @Lane, @Operation, @Deadline, @Task, @TaskConfidence, @Policy, @Model, @Tier,
                @Deployment, {database.Json("@Fallbacks")}, @Reason, coalesce(@PromptTokens, ({LastRun("prompt_tokens")}), 0), @Bytes, @MaxCostUsd,
                @AtMostOnce, @GroupId, @ReplyQueue, ({LastRun("trace_id")}),
                @Gain, @SourceLanguage, @TargetLanguage, @Arm, @CheapModel, @LargeModel, {decision})
            """);

        Task<int> ExecuteAsync(string sql) =>
            connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

        static string LastRun(string column) => $"""
            SELECT {column} FROM requests
            WHERE tenant = @Tenant AND request_id = @RequestId AND run = @LastRun
            ORDER BY accepted_at DESC LIMIT 1
            """;
    }
}

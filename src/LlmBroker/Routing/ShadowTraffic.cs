using System.Threading.Channels;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Routing;

/// <summary>
/// Sends copies of requests to another deployment, beside the way of the originals: offered without waiting, dropped when there are too
/// many, and whatever goes wrong is a line in the log.
/// </summary>
internal sealed partial class ShadowTraffic(
    LiveConfiguration configuration,
    LedgerWriter ledger,
    LedgerQueries queries,
    MessageSender sender,
    DeploymentHolds holds,
    TimeProvider time,
    ILogger<ShadowTraffic> logger) : BackgroundService
{
    private const int Capacity = 64;

    /// <summary>How old the ledger's word on what was spent may be.</summary>
    private static readonly TimeSpan SpendAge = TimeSpan.FromSeconds(10);

    private readonly Channel<(RunInference Run, Acceptance Acceptance, ShadowOptions Options)> copies =
        Channel.CreateBounded<(RunInference, Acceptance, ShadowOptions)>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Dictionary<string, (ShadowBudget Budget, DateTimeOffset At)> budgets = new(StringComparer.Ordinal);

    /// <summary>Takes a request that was sent to its deployment; returns at once.</summary>
    public void Offer(RunInference run, Acceptance acceptance)
    {
        if (configuration.Options.Models.GetValueOrDefault(run.Route.Model)?.Shadow is { } shadow && Takes(shadow, run))
            copies.Writer.TryWrite((run, acceptance, shadow));
    }

    /// <summary>Whether the request is one of those that are copied.</summary>
    public static bool Takes(ShadowOptions shadow, RunInference run) =>
        run.Route.Deployment != shadow.Deployment && StableShare.Of("shadow", run.RequestId) < shadow.Share;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var (run, acceptance, options) in copies.Reader.ReadAllAsync(stoppingToken))
                await SendAsync(run, acceptance, options, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order; copies that were not made are not missed.
        }
    }

    private async Task SendAsync(RunInference run, Acceptance acceptance, ShadowOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (configuration.Catalog.FindDeployment(options.Deployment) is not { } deployment || IsHalted(deployment))
                return;

            var budget = await BudgetOfAsync(deployment.Name, cancellationToken);
            var estimate = deployment.PriceAt(time.GetUtcNow())?.Estimate(acceptance.PromptTokens, deployment.MaxOutputTokens);
            if (!budget.TryTake(options, estimate, time.GetUtcNow()))
                return;

            var copy = CopyOf(run, deployment);
            var accepted = acceptance with { Key = new RunKey(copy.Tenant, copy.RequestId, copy.Run), Lane = copy.Lane, Route = copy.Route, ReplyTo = null, MaxCostUsd = null };
            if ((await ledger.AcceptAsync(accepted, cancellationToken)).State == AcceptState.New)
                await sender.SendWorkAsync(copy, wait: null, cancellationToken);
        }
        catch (Exception exception) when (exception is LedgerUnavailableException or MessageNotSentException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogNotCopied(exception, run.Tenant, run.RequestId);
        }
    }

    private bool IsHalted(Deployment deployment) =>
        deployment.Options.Lanes.Bulk != LaneState.Open || holds.RemainingOf(deployment.Name) > TimeSpan.Zero;

    private async Task<ShadowBudget> BudgetOfAsync(string deployment, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (budgets.TryGetValue(deployment, out var known) && now - known.At < SpendAge)
            return known.Budget;

        var budget = known.Budget ?? new ShadowBudget();
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var rows = await queries.GetUsageAsync(UsageDimension.Deployment, today, until: null, cancellationToken, shadow: true);
        budget.Know(rows.FirstOrDefault(row => row.Name == deployment)?.CostUsd ?? 0, now);
        budgets[deployment] = (budget, now);
        return budget;
    }

    private static RunInference CopyOf(RunInference run, Deployment deployment) => run with
    {
        Tenant = ShadowTenant.Of(run.Tenant),
        Lane = Lane.Bulk,
        Shadow = true,
        ReplyTo = null,
        MaxCostUsd = null,
        Route = run.Route with
        {
            Deployment = deployment.Name,
            Model = deployment.Model,
            Tier = deployment.Tier,
            Fallbacks = [],
            Reason = $"shadow of {run.Route.Deployment}",
        },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId}: its shadow copy was not made; the request itself is not affected")]
    private partial void LogNotCopied(Exception exception, string tenant, string requestId);
}

using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Messaging;
using LlmBroker.Savings;
using LlmBroker.Simulation;
using LlmBroker.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Demo;

/// <summary>One run of the demo on a started broker: publishes the job, collects the replies, redrives the dead letter.</summary>
internal sealed class DemoRun : IDisposable
{
    public const string RepliesFile = "replies.jsonl";

    /// <summary>Longer than any deadline of the demo's vendors; past it something is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IServiceProvider services;
    private readonly EmbeddedClient client;
    private readonly DemoScreen screen;
    private readonly DemoTally tally;
    private readonly IReadOnlyList<SubmitInference> job = DemoJob.Read();
    private readonly TaskCompletionSource<InferenceCompleted> redriven = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamWriter replies;
    private readonly SemaphoreSlim writing = new(1);

    public DemoRun(IServiceProvider services, DirectoryInfo folder, DemoScreen screen)
    {
        this.services = services;
        this.screen = screen;
        client = services.GetRequiredService<EmbeddedClient>();
        var large = services.GetRequiredService<LiveConfiguration>().Catalog.DeploymentsOf(DemoVendors.Large)[0].Prices!.At(DateTimeOffset.UnixEpoch)!.Standard;
        tally = new DemoTally(job.Count, large, services.GetRequiredService<TimeProvider>());
        replies = new StreamWriter(Path.Combine(folder.FullName, RepliesFile));
        screen.Start(job.Count, folder);
    }

    /// <returns>True when every request completed, the redriven one included.</returns>
    public async Task<bool> RunAsync(VendorSim vendors, CancellationToken cancellationToken)
    {
        await client.ListenAsync(TakeReplyAsync);
        var publishing = PublishAsync(cancellationToken);
        await screen.FollowAsync(tally, tally.AllAnswered.WaitAsync(Patience, cancellationToken), cancellationToken);
        await publishing;
        screen.Summary(tally);
        if (await services.GetRequiredService<SavingsQueries>().GetOfGroupAsync(TenantMap.DefaultTenant, DemoJob.Group, cancellationToken) is { HasChoices: true } savings)
            screen.Savings(savings);

        var fixedLetters = await RedriveAsync(vendors, cancellationToken);
        await replies.FlushAsync(cancellationToken);
        return tally.Failures.Count == fixedLetters && tally.Completed + fixedLetters == job.Count;
    }

    public void Dispose()
    {
        replies.Dispose();
        writing.Dispose();
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        foreach (var request in job)
            await client.PublishAsync(request, "default", Lane.Standard, cancellationToken);
    }

    private async Task TakeReplyAsync(Delivery delivery)
    {
        await WriteAsync(delivery.Body);
        using var reply = JsonDocument.Parse(delivery.Body);
        if (reply.RootElement.TryGetProperty("reason", out _))
        {
            tally.Add(WireJson.Read<InferenceFailed>(delivery.Body.Span)!);
            return;
        }

        var completed = WireJson.Read<InferenceCompleted>(delivery.Body.Span)!;
        if (completed.Run > 1)
            redriven.TrySetResult(completed);
        else
            tally.Add(completed);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> reply)
    {
        await writing.WaitAsync();
        try
        {
            await replies.WriteLineAsync(System.Text.Encoding.UTF8.GetString(reply.Span));
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Shows the dead letter, lets the vendor accept the key again, and redrives it.</summary>
    private async Task<int> RedriveAsync(VendorSim vendors, CancellationToken cancellationToken)
    {
        var store = services.GetRequiredService<DeadLetterStore>();
        var letters = await store.ListAsync(new DeadLetterFilter { State = DeadLetterState.Open }, cancellationToken);
        if (letters is not [var letter])
        {
            screen.NotRedriven($"{letters.Count} dead letters instead of 1");
            return 0;
        }

        screen.Letter(letter);
        vendors.Configure(DemoVendors.Repaired);
        var report = await services.GetRequiredService<DeadLetterRedrive>().RunAsync(
            new RedriveRequest { Ids = [letter.Letter.Id], By = "demo" },
            services.GetRequiredService<MessageSender>().SendRedrivenAsync,
            onStep: null,
            cancellationToken);
        if (report.Sent != 1)
        {
            screen.NotRedriven(report.IsRefused ? report.Preview.Faults[0].ToString() : report.Counts.Keys.Single().ToString());
            return 0;
        }

        screen.Redriven(await redriven.Task.WaitAsync(Patience, cancellationToken));
        return 1;
    }
}

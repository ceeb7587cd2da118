using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.IntegrationTests.Submit;

public sealed class SubmitTests(RealPartsFixture parts) : IAsyncLifetime
{
    /// <summary>Publishes without a confirm that a kill can leave behind; these alone may be sent twice.</summary>
    private const int PublishWindow = 256;

    private string virtualHost = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private Uri Uri => parts.RabbitMq.AmqpUriOf(virtualHost);

    public async ValueTask InitializeAsync() => virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);

    public async ValueTask DisposeAsync() => await parts.RabbitMq.DeleteVirtualHostAsync(virtualHost, CancellationToken.None);

    [Fact]
    public async Task Every_line_is_answered_once_though_every_reply_comes_twice()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, repliesTwice: true);
        using var job = new JobFolder(lines: 1000);

        var (exitCode, output, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit("--in-flight", "50"));

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(1000);
        Assert.Equal(1000, broker.PublishedTotal);
        var summary = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1000, summary.GetProperty("completed").GetInt32());
        Assert.Equal(1.000m, summary.GetProperty("costUsd").GetDecimal());
        Assert.False(await HasQueueAsync($"reply.default.submit.{summary.GetProperty("job").GetString()}"));
    }

    [Fact]
    public async Task A_request_carries_the_properties_and_wishes_of_the_contract()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken);
        using var job = new JobFolder(lines: 1);

        var (exitCode, _, errors) = await CommandProcess.RunAsync(
            Uri, CancellationToken, job.Submit("--job", "nightly", "--lane", "standard", "--model", "m", "--task", "translation", "--max-cost", "0.5", "--delivery", "at-most-once", "--deadline", "2h"));

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        var properties = Assert.Single(broker.Properties);
        Assert.Equal("nightly:line-1", properties.MessageId);
        Assert.Equal("nightly:line-1", properties.CorrelationId);
        Assert.Equal("reply.default.submit.nightly", properties.ReplyTo);
        Assert.Equal(parts.RabbitMq.User, properties.UserId);
        Assert.Equal(DeliveryModes.Persistent, properties.DeliveryMode);
        var request = Assert.Single(broker.Requests);
        Assert.Equal(("standard", "m", "translation", 0.5m, "at-most-once", "nightly"), (request.Lane, request.Model, request.Task, request.MaxCostUsd, request.Delivery, request.GroupId));
        Assert.NotNull(request.Deadline);
    }

    [Fact]
    public async Task No_more_requests_than_allowed_wait_for_a_reply()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, answers: 0);
        using var job = new JobFolder(lines: 100);
        using var submit = CommandProcess.Start(Uri, job.Submit("--in-flight", "7"));
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.PublishedTotal == 7), "7 requests are published", CancellationToken);

        broker.AllowAll();
        var (exitCode, _, errors) = await submit.EndAsync(CancellationToken);

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(100);
    }

    [Fact]
    public async Task A_killed_submit_goes_on_where_it_was_and_sends_no_confirmed_line_twice()
    {
        const int Lines = 2000;
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, answers: 700);
        using var job = new JobFolder(Lines);
        using (var submit = CommandProcess.Start(Uri, job.Submit("--in-flight", "1000")))
        {
            await Eventually.HoldsAsync(_ => Task.FromResult(job.AnsweredLines == 700 && broker.PublishedTotal == 1700), "700 lines are answered, 1000 wait", CancellationToken);
            await submit.KillAsync(CancellationToken);
        }

        var noted = File.ReadLines(job.Journal).Skip(1).ToHashSet();
        // What a kill in the middle of a write leaves.
        await File.AppendAllTextAsync(job.Output, "{\"id\":\"torn", CancellationToken);
        broker.AllowAll();
        var (exitCode, output, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit());

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(Lines);
        Assert.InRange(noted.Count, 1700 - PublishWindow, 1700);
        var again = broker.Published.Where(request => request.Value > 1).Select(request => request.Key.Split(':')[1]).ToList();
        Assert.DoesNotContain(again, id => noted.Contains($$"""{"sent":"{{id}}"}"""));
        Assert.Equal(Lines, JsonDocument.Parse(output).RootElement.GetProperty("completed").GetInt32());
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130_and_the_same_command_goes_on()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, answers: 20);
        using var job = new JobFolder(lines: 100);
        using (var submit = CommandProcess.Start(Uri, job.Submit("--in-flight", "30")))
        {
            await Eventually.HoldsAsync(_ => Task.FromResult(job.AnsweredLines == 20 && broker.PublishedTotal == 50), "20 lines are answered, 30 wait", CancellationToken);
            await submit.InterruptAsync(CancellationToken);
            var (interrupted, _, told) = await submit.EndAsync(CancellationToken);
            Assert.Equal(130, interrupted);
            Assert.Contains("Run the same command again", told, StringComparison.Ordinal);
        }

        broker.AllowAll();
        var (exitCode, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit());

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(100);
        Assert.Equal(100, broker.PublishedTotal);
    }

    [Fact]
    public async Task A_reply_queue_that_vanished_has_all_open_lines_sent_again()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, answers: 10);
        using var job = new JobFolder(lines: 40);
        using (var submit = CommandProcess.Start(Uri, job.Submit("--job", "gone", "--in-flight", "20")))
        {
            await Eventually.HoldsAsync(_ => Task.FromResult(job.AnsweredLines == 10 && broker.PublishedTotal == 30), "10 lines are answered, 20 wait", CancellationToken);
            await submit.KillAsync(CancellationToken);
        }

        await DeleteQueueAsync("reply.default.submit.gone");
        broker.AllowAll();
        var (exitCode, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit("--job", "gone"));

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(40);
    }

    [Fact]
    public async Task Failures_and_bad_lines_are_told_apart_and_failures_can_be_retried()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken);
        broker.FailureOf = request => request.RequestId!.EndsWith('3') ? FailureReason.Exhausted : null;
        using var job = new JobFolder(lines: 10);
        await File.AppendAllLinesAsync(job.Input, ["no json", """{"custom_id":"line-1","messages":[{"role":"user","content":"again"}]}"""], CancellationToken);

        var (failed, output, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit());

        Assert.True(failed == 1, errors);
        Assert.Contains("Line 11 is no JSON", errors, StringComparison.Ordinal);
        var summary = JsonDocument.Parse(output).RootElement;
        Assert.Equal((9, 1, 2), (summary.GetProperty("completed").GetInt32(), summary.GetProperty("failed").GetInt32(), summary.GetProperty("invalidLines").GetInt32()));
        var failure = File.ReadLines(job.Errors).Select(line => JsonDocument.Parse(line).RootElement).Single(line => line.GetProperty("error").GetProperty("code").GetString() == "Exhausted");
        Assert.Equal("line-3", failure.GetProperty("custom_id").GetString());
        Assert.Equal(3, failure.GetProperty("llmbroker").GetProperty("attempts").GetInt32());
        Assert.True(failure.GetProperty("llmbroker").TryGetProperty("deadLetterId", out _));

        broker.FailureOf = _ => null;
        var (again, _, _) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit());
        Assert.Equal(1, again);
        Assert.Equal(10, broker.PublishedTotal);

        var (retried, _, _) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit("--retry-failed"));
        Assert.Equal(1, retried);
        Assert.Equal(11, broker.PublishedTotal);
        Assert.Equal(10, JobFolder.IdsIn(job.Output).Distinct().Count());
        Assert.Equal(2, File.ReadLines(job.Errors).Count());
    }

    [Fact]
    public async Task Without_the_broker_s_queues_it_says_what_to_start()
    {
        using var job = new JobFolder(lines: 3);

        var (exitCode, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, job.Submit());

        Assert.Equal(2, exitCode);
        Assert.Contains("llmbroker serve", errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_submit_outlives_a_restart_and_a_kill_of_RabbitMQ()
    {
        const int Lines = 3000;
        await using var server = await RabbitMqServer.StartOwnAsync(CancellationToken);
        Assert.SkipUnless(server.CanRestart, "The server is not ours to restart.");
        await using var broker = await FakeBroker.StartAsync(server.AmqpUri, CancellationToken, answers: 1000);
        using var job = new JobFolder(Lines);
        using var submit = CommandProcess.Start(server.AmqpUri, job.Submit("--in-flight", "500"));
        await Eventually.HoldsAsync(_ => Task.FromResult(job.AnsweredLines >= 200), "200 lines are answered", CancellationToken);

        // In good order first: RabbitMQ 3.10 can lose a quorum queue that was declared within seconds of a kill.
        await server.StopAsync(CancellationToken);
        await server.StartAsync(CancellationToken);
        broker.Allow(1000);
        await Eventually.HoldsAsync(_ => Task.FromResult(job.AnsweredLines >= 1200), "1200 lines are answered", CancellationToken);
        await server.KillAsync(CancellationToken);
        broker.AllowAll();
        await server.StartAsync(CancellationToken);
        var (exitCode, _, errors) = await submit.EndAsync(CancellationToken);

        Assert.True(exitCode == 0, $"{exitCode}: {errors}");
        job.AssertAllAnswered(Lines);
    }

    private async Task<bool> HasQueueAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync(CancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, CancellationToken);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    private async Task DeleteQueueAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync(CancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: CancellationToken);
    }
}

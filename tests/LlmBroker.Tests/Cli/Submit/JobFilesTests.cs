using LlmBroker.Cli.Submit;
using LlmBroker.Contracts;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class JobFilesTests : IDisposable
{
    private static readonly Job Job = new("j", 0);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-job-");

    private SubmitOptions Options => new()
    {
        Input = Path.Join(folder.FullName, "in.jsonl"),
        Output = Path.Join(folder.FullName, "out.jsonl"),
        Errors = Path.Join(folder.FullName, "out.errors.jsonl"),
        Tenant = "default",
        Lane = "bulk",
        InFlight = 1,
    };

    [Fact]
    public async Task OpenAsync_again_knows_what_was_answered_and_what_was_sent()
    {
        using (var files = await OpenAsync())
        {
            files.NoteSent("sent");
            files.NoteSent("done");
            Complete(files, "done");
            Fail(files, "failed");
            files.AddFault(7, new InputFault(null, "is no JSON"));
            files.Flush();
        }

        using var again = await OpenAsync();

        Assert.Equal(
            [LineStep.Await, LineStep.Skip, LineStep.Skip, LineStep.Send],
            new[] { "sent", "done", "failed", "new" }.Select(id => again.States.Meet(LineDigest.Of(id))));
        var totals = again.Tally.Read();
        Assert.Equal((1, 1, 0.75m), (totals.Completed, totals.Failed, totals.KnownCostUsd));
        again.AddFault(7, new InputFault(null, "is no JSON"));
        Assert.Equal(1, again.Tally.Read().InvalidLines);
        again.Flush();
        Assert.Equal(2, ReadLines(Options.Errors).Count);
    }

    [Theory]
    [InlineData("out.jsonl", "{\"id\":\"r-9\",\"custom_id\":\"torn")]
    [InlineData("out.jsonl", "{")]
    [InlineData("out.errors.jsonl", "{\"id\":nul")]
    [InlineData("out.jsonl.journal", "{\"sent\":\"to")]
    public async Task OpenAsync_cuts_off_a_line_that_a_kill_tore(string file, string torn)
    {
        using (var files = await OpenAsync())
        {
            files.NoteSent("done");
            Complete(files, "done");
            Fail(files, "failed");
            files.Flush();
        }

        var path = Path.Join(folder.FullName, file);
        var whole = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(path, torn, TestContext.Current.CancellationToken);
        using (var again = await OpenAsync())
            Assert.Equal(LineStep.Skip, again.States.Meet(LineDigest.Of("done")));

        Assert.Equal(whole, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("my notes\n")]
    [InlineData("my notes without an end")]
    [InlineData("{\"id\":\"r\",\"custom_id\":\"a\",\"llmbroker\":{\"requestId\":\"other:a\"}}\n")]
    public async Task OpenAsync_leaves_a_file_alone_that_is_not_of_this_job(string text)
    {
        await File.WriteAllTextAsync(Options.Output, text, TestContext.Current.CancellationToken);

        var exception = await Assert.ThrowsAsync<SubmitFailedException>(() => OpenAsync());

        Assert.Contains("--out", exception.Message, StringComparison.Ordinal);
        Assert.Equal(text.Contains("other", StringComparison.Ordinal), exception.Message.Contains("--job other", StringComparison.Ordinal));
        Assert.Equal(text, await File.ReadAllTextAsync(Options.Output, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task OpenAsync_refuses_a_job_that_another_process_is_at()
    {
        using var files = await OpenAsync();

        var exception = await Assert.ThrowsAsync<SubmitFailedException>(() => OpenAsync());

        Assert.Contains("another submit", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finish_leaves_the_answers_only()
    {
        using (var files = await OpenAsync())
        {
            Complete(files, "done");
            files.Finish();
        }

        Assert.Equal(["out.jsonl"], folder.GetFiles().Select(file => file.Name));
    }

    [Fact]
    public async Task A_completion_after_a_failure_takes_its_place()
    {
        using var files = await OpenAsync();
        Fail(files, "a");
        Fail(files, "b");
        Complete(files, "a");

        var totals = files.Tally.Read();
        files.Finish();

        Assert.Equal((1, 1), (totals.Completed, totals.Failed));
        Assert.Equal("b", Assert.Single(ReadLines(Options.Errors)).CustomId);
    }

    [Fact]
    public async Task A_retry_opens_what_failed_and_an_interrupted_one_goes_on()
    {
        using (var files = await OpenAsync())
        {
            foreach (var id in (string[])["a", "b", "c"])
                Fail(files, id);
            files.Finish();
        }

        using (var retry = await OpenAsync(retryFailed: true))
        {
            Assert.Equal("j.r1:a", retry.Job.RequestIdOf("a"));
            Assert.All(["a", "b", "c"], id => Assert.Equal(LineStep.Send, retry.States.Meet(LineDigest.Of(id))));
            Fail(retry, "a");
            Complete(retry, "b");
            retry.NoteSent("c");
            retry.Flush();
        }

        using var resumed = await OpenAsync(retryFailed: true);
        Assert.Equal(1, resumed.Job.Retry);
        Assert.Equal([LineStep.Skip, LineStep.Skip, LineStep.Await], new[] { "a", "b", "c" }.Select(id => resumed.States.Meet(LineDigest.Of(id))));
        Complete(resumed, "c");
        resumed.Finish();
        var left = Assert.Single(ReadLines(Options.Errors));
        Assert.Equal(("a", 1), (left.CustomId, left.Llmbroker!.Retry));
    }

    [Fact]
    public async Task Faults_of_lines_that_were_mended_are_dropped_at_the_end()
    {
        using (var files = await OpenAsync())
        {
            files.AddFault(3, new InputFault(null, "is no JSON"));
            files.AddFault(4, new InputFault("a", "has no 'messages'; at least one message is needed"));
        }

        using var mended = await OpenAsync();
        mended.AddFault(4, new InputFault("a", "has no 'messages'; at least one message is needed"));
        mended.Finish();

        Assert.Equal(4, Assert.Single(ReadLines(Options.Errors)).Line);
        Assert.Equal(1, mended.Tally.Read().InvalidLines);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private Task<JobFiles> OpenAsync(bool retryFailed = false) =>
        JobFiles.OpenAsync(Options with { RetryFailed = retryFailed }, Job, TestContext.Current.CancellationToken);

    private static void Complete(JobFiles files, string customId)
    {
        Assert.True(files.States.TryAnswer(LineDigest.Of(customId), completed: true));
        files.Add(LineDigest.Of(customId), OutputLine.Completed($"ok-{customId}", customId, SampleReplies.Completed(files.Job.RequestIdOf(customId))));
    }

    private static void Fail(JobFiles files, string customId)
    {
        Assert.True(files.States.TryAnswer(LineDigest.Of(customId), completed: false));
        files.Add(
            LineDigest.Of(customId),
            OutputLine.Failed($"no-{customId}-{files.Job.Retry}", customId, SampleReplies.Failed(files.Job.RequestIdOf(customId), FailureReason.Exhausted), files.Job.Retry));
    }

    private static List<AnsweredLine> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => System.Text.Json.JsonSerializer.Deserialize(line, SubmitJsonContext.Default.AnsweredLine)!)];
    }
}

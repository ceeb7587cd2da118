using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Submit;

public sealed class SendAndCancelTests(RealPartsFixture parts) : IAsyncLifetime
{
    private string virtualHost = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private Uri Uri => parts.RabbitMq.AmqpUriOf(virtualHost);

    public async ValueTask InitializeAsync() => virtualHost = await parts.RabbitMq.CreateVirtualHostAsync(CancellationToken);

    public async ValueTask DisposeAsync() => await parts.RabbitMq.DeleteVirtualHostAsync(virtualHost, CancellationToken.None);

    [Fact]
    public async Task Send_prints_the_answer_and_how_it_came_about()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken);

        var (exitCode, output, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, "send", "Good \"morning\"", "--system", "Translate.", "--model", "small");

        Assert.True(exitCode == 0, errors);
        var lines = output.Split('\n');
        Assert.Equal("答案", lines[0]);
        Assert.StartsWith("small · 10 in, 5 out · $0.001000 · ", lines[1], StringComparison.Ordinal);
        var request = Assert.Single(broker.Requests);
        Assert.Equal("""{"messages":[{"role":"system","content":"Translate."},{"role":"user","content":"Good \"morning\""}]}""", request.Body.GetRawText());
        Assert.Equal(("interactive", "small"), (request.Lane, request.Model));
    }

    [Fact]
    public async Task Send_that_fails_says_why_and_ends_with_1()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken);
        broker.FailureOf = _ => FailureReason.UnknownModel;

        var (exitCode, output, _) = await CommandProcess.RunAsync(Uri, CancellationToken, "send", "Hello", "--json");
        Assert.Equal(1, exitCode);
        Assert.Equal("UnknownModel", JsonDocument.Parse(output).RootElement.GetProperty("failed").GetProperty("reason").GetString());

        var (alike, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, "send", "Hello");
        Assert.Equal(1, alike);
        Assert.Contains("UnknownModel: The vendor is away.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_without_a_reply_in_time_ends_with_1()
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken, answers: 0);

        var (exitCode, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, "send", "Hello", "--timeout", "200ms");

        Assert.Equal(1, exitCode);
        Assert.Contains("No reply within", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("job-1:line-2", null)]
    [InlineData(null, "job-1")]
    public async Task Cancel_asks_the_broker_for_a_request_or_a_group(string? requestId, string? group)
    {
        await using var broker = await FakeBroker.StartAsync(Uri, CancellationToken);

        var (exitCode, _, errors) = await CommandProcess.RunAsync(Uri, CancellationToken, requestId is null ? ["cancel", "--group", group!] : ["cancel", requestId]);

        Assert.True(exitCode == 0, errors);
        await Eventually.HoldsAsync(_ => Task.FromResult(broker.Cancellations.Count == 1), "the cancellation is there", CancellationToken);
        Assert.Equal(new CancelInference { RequestId = requestId, GroupId = group }, broker.Cancellations.Single());
    }

    [Fact]
    public async Task Cancel_of_both_or_neither_is_an_error()
    {
        var (neither, _, _) = await CommandProcess.RunAsync(Uri, CancellationToken, "cancel");
        var (both, _, _) = await CommandProcess.RunAsync(Uri, CancellationToken, "cancel", "id", "--group", "g");

        Assert.NotEqual(0, neither);
        Assert.NotEqual(0, both);
    }
}

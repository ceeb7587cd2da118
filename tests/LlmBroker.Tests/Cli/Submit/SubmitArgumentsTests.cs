using System.CommandLine;
using LlmBroker.Cli.Submit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class SubmitArgumentsTests
{
    private static readonly string Input = typeof(SubmitArgumentsTests).Assembly.Location;

    [Fact]
    public void Read_has_the_defaults_of_a_batch()
    {
        var options = SubmitArguments.Read(Command().Parse([Input, "--out", "out.jsonl"]), TimeProvider.System);

        Assert.Equal(
            ("out.jsonl", "out.errors.jsonl", "out.jsonl.journal", "bulk", "default", 2000, (string?)null),
            (options.Output, options.Errors, options.Journal, options.Lane, options.Tenant, options.InFlight, options.Delivery));
        Assert.Null(options.Deadline);
    }

    [Theory]
    [InlineData("2h", "2027-01-31T12:00:00Z")]
    [InlineData("2027-02-01T18:00+01:00", "2027-02-01T17:00:00Z")]
    [InlineData("2027-02-01T18:00", "2027-02-01T18:00:00Z")]
    public void Read_takes_a_deadline_as_duration_or_instant(string text, string expected)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 1, 31, 10, 0, 0, TimeSpan.Zero));

        var options = SubmitArguments.Read(Command().Parse([Input, "--out", "o", "--deadline", text]), time);

        Assert.Equal(DateTimeOffset.Parse(expected), options.Deadline);
    }

    [Theory]
    [InlineData("--lane", "fast")]
    [InlineData("--task", "poetry")]
    [InlineData("--deadline", "soon")]
    [InlineData("--max-cost", "-1")]
    [InlineData("--in-flight", "0")]
    [InlineData("--job", "a:b")]
    [InlineData("--delivery", "exactly-once")]
    public void Parse_refuses_what_the_broker_would_refuse(string option, string value) =>
        Assert.NotEmpty(Command().Parse([Input, "--out", "o", option, value]).Errors);

    [Fact]
    public void Parse_refuses_a_missing_file_and_a_model_with_a_policy()
    {
        Assert.NotEmpty(Command().Parse(["/no/such/file.jsonl", "--out", "o"]).Errors);
        Assert.NotEmpty(Command().Parse([Input, "--out", "o", "--model", "m", "--policy", "p"]).Errors);
        Assert.Empty(Command().Parse([Input, "--out", "o", "--model", "m"]).Errors);
    }

    private static Command Command() => SubmitCommand.Create();
}

using System.Text;
using LlmBroker.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class JobTests
{
    private static readonly SubmitOptions Options = new()
    {
        Input = "in", Output = "out", Errors = "err", Tenant = "default", Lane = "bulk", InFlight = 1,
    };

    private static readonly InputSurvey Input = new(1, [1, 2, 3]);

    [Fact]
    public void Of_is_the_same_for_the_same_content_and_wishes()
    {
        Assert.Equal(Job.Of(Options, Input), Job.Of(Options with { Output = "elsewhere", Lane = "standard", Deadline = DateTimeOffset.UnixEpoch }, Input));
        Assert.Equal("nightly", Job.Of(Options with { Job = "nightly" }, Input).Name);
    }

    [Fact]
    public void Of_differs_with_whatever_makes_a_request_another()
    {
        var jobs = new[] { Options, Options with { Model = "m" }, Options with { Policy = "m" }, Options with { Task = "m" } }
            .Select(options => Job.Of(options, Input)).Append(Job.Of(Options, new InputSurvey(1, [1, 2, 4])));

        Assert.Equal(5, jobs.Distinct().Count());
    }

    [Fact]
    public void RequestIdOf_names_job_and_line_and_fits_into_an_AMQP_property()
    {
        var job = new Job("j", 0);
        var retry = job with { Retry = 2 };
        var (longId, otherLongId) = (new string('长', 100), new string('长', 99) + "b");

        Assert.Equal("j:a", job.RequestIdOf("a"));
        Assert.Equal("j.r2:a", retry.RequestIdOf("a"));
        Assert.All([job.RequestIdOf(longId), retry.RequestIdOf(longId)], id => Assert.InRange(Encoding.UTF8.GetByteCount(id), 1, 200));
        Assert.Equal(4, new[] { job.RequestIdOf(longId), job.RequestIdOf(otherLongId), retry.RequestIdOf(longId), retry.RequestIdOf(otherLongId) }.Distinct().Count());
        Assert.DoesNotContain('\0', job.RequestIdOf("a\0b"));
    }

    [Fact]
    public void CustomIdIn_gives_back_what_RequestIdOf_took()
    {
        var job = new Job("j", 1);

        Assert.Equal("a:b", job.CustomIdIn(job.RequestIdOf("a:b")));
        Assert.Equal("a", job.CustomIdIn("j:a"));
        Assert.Null(job.CustomIdIn("other:a"));
        Assert.Null(job.CustomIdIn(null));
        Assert.Null(job.CustomIdIn(job.RequestIdOf(new string('x', 300))));
    }

    [Fact]
    public void Owns_takes_all_retries_of_the_job_and_no_other_s()
    {
        var job = new Job("j", 0);

        Assert.True(job.Owns("j:a"));
        Assert.True(job.Owns("j.r3:a"));
        Assert.False(job.Owns("j2:a"));
        Assert.False(job.Owns("k:j:a"));
    }
}

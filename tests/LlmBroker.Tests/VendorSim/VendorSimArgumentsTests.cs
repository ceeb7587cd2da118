using LlmBroker.Simulation;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class VendorSimArgumentsTests
{
    [Fact]
    public void Parse_reads_every_option()
    {
        var models = Path.Combine(AppContext.BaseDirectory, "models.sample.json");

        var (options, faults) = VendorSimArguments.Parse(["--urls", "http://127.0.0.1:1;http://127.0.0.1:2", "--models", models, "--call-log", "c.jsonl", "--seed", "-7"]);

        Assert.Empty(faults);
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], options!.Urls);
        Assert.Equal((models, "c.jsonl", -7L), (options.ModelsFile, options.CallLogFile, options.Seed));
    }

    [Fact]
    public void Parse_names_every_fault()
    {
        var (options, faults) = VendorSimArguments.Parse(["--seed", "x", "--models", "no-such-file.json", "--colour"]);

        Assert.Null(options);
        Assert.Equal(["--seed must be a whole number, but is 'x'", "'--colour' is not an option", "--models: there is no file 'no-such-file.json'"], faults);
    }
}

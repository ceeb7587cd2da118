using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class EnvironmentOverlayTests
{
    [Fact]
    public void A_variable_wins_over_the_file_whatever_its_case()
    {
        var options = Load(
            ("LLMBROKER__RABBITMQ__INMEMORY", "true"),
            ("llmbroker__lanes__Bulk__patience", "10m"),
            ("LLMBROKER__MODELS__SMALL__PRICE__INPUT", "0.25"),
            ("LLMBROKER__LEDGER__POSTGRES", "Host=other"));

        Assert.True(options.RabbitMq.InMemory);
        Assert.Equal(TimeSpan.FromMinutes(10), options.Lanes.Bulk.Patience);
        Assert.Equal(0.25m, options.Models["small"].Price!.Input);
        Assert.Equal("Host=other", options.Ledger.Postgres);
    }

    [Fact]
    public void An_underscore_stands_for_what_a_variable_cannot_hold()
    {
        var json = Given.With("""{ "models": { "gpt-4.1": { "tier": "large", "priceUnknown": true } } }""");

        var options = Given.Load(json, environment: ("LLMBROKER__MODELS__GPT_4_1__MAXOUTPUTTOKENS", "100")).Options;

        Assert.Equal(100, options.Models["gpt-4.1"].MaxOutputTokens);
        Assert.Equal(4, options.Models.Count);
    }

    [Fact]
    public void A_new_entry_is_named_as_written_and_comes_last()
    {
        var options = Load(("LLMBROKER__DEPLOYMENTS__mid__PROVIDER", "acme"), ("LLMBROKER__DEPLOYMENTS__mid__MODEL", "idle"));

        Assert.Equal(["zeta", "alpha", "mid"], options.Deployments.Keys);
    }

    [Fact]
    public void A_list_is_separated_by_commas()
    {
        Assert.Equal(["qa", "code"], Load(("LLMBROKER__POLICIES__AUTO__CHEAPTASKS", "qa, code")).Policies["auto"].CheapTasks);
    }

    [Fact]
    public void An_empty_value_takes_the_member_away()
    {
        var options = Load(("LLMBROKER__LEDGER__POSTGRES", ""), ("LLMBROKER__LEDGER__SQLITE", "x.db"));

        Assert.Null(options.Ledger.Postgres);
    }

    [Theory]
    [InlineData("LLMBROKER__LANES__BULK__PATIENZE", "10m", "LLMBROKER__LANES__BULK__PATIENZE: lanes.bulk has no member 'PATIENZE'; did you mean PATIENCE?")]
    [InlineData("LLMBROKER__LEDGER", "hunter2", "LLMBROKER__LEDGER: ledger is a section, not a value; set one of its members: LLMBROKER__LEDGER__…")]
    [InlineData("LLMBROKER__LIMITS__MAXATTEMPTS", "lots", "limits.maxAttempts: is the text 'lots'; expected a whole number (set by LLMBROKER__LIMITS__MAXATTEMPTS)")]
    [InlineData("LLMBROKER__LIMITS__MAXATTEMPTS", "500", "limits.maxAttempts: 500 is out of range; write 1 to 100 (set by LLMBROKER__LIMITS__MAXATTEMPTS)")]
    public void A_fault_names_the_variable(string name, string value, string expected)
    {
        Assert.Equal(expected, Assert.Single(Given.FaultsOf(Given.Valid, environment: (name, value))).ToString());
    }

    [Fact]
    public void Two_variables_for_one_member_are_a_fault()
    {
        var fault = Assert.Single(Given.FaultsOf(
            Given.Valid, ConfigurationNeeds.All, ("LLMBROKER__LIMITS__MAXATTEMPTS", "3"), ("LLMBROKER__Limits__MaxAttempts", "4")));

        Assert.Contains("is set by LLMBROKER__LIMITS__MAXATTEMPTS and by LLMBROKER__Limits__MaxAttempts", fault.Text, StringComparison.Ordinal);
    }

    private static BrokerOptions Load(params (string Name, string Value)[] environment) =>
        Given.Load(Given.Valid, ConfigurationNeeds.All, environment).Options;
}

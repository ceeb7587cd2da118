using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class OverrideOverlayTests
{
    [Fact]
    public void Overrides_win_over_file_and_environment()
    {
        var options = With(("deployments.zeta.weight", "3"), ("routing.defaultPolicy", "null"), ("routing.defaultModel", "\"small\"")).Options;

        Assert.Equal(3, options.Deployments["zeta"].Weight);
        Assert.Equal((null, "small"), (options.Routing.DefaultPolicy, options.Routing.DefaultModel));
        Assert.Equal(64, options.Deployments["zeta"].MaxConcurrentCalls);
    }

    [Fact]
    public void A_deployment_can_come_and_go()
    {
        var options = With(("deployments.new", """{ "provider": "acme", "model": "idle" }"""), ("policies.auto.large", "\"idle\""), ("deployments.alpha", "null")).Options;

        Assert.Equal(["zeta", "new"], options.Deployments.Keys);
    }

    [Fact]
    public void Of_two_the_later_counts() =>
        Assert.Equal(5, With(("deployments.zeta.weight", "3"), ("deployments.zeta", """{ "provider": "acme", "model": "small", "weight": 5 }""")).Options.Deployments["zeta"].Weight);

    [Fact]
    public void All_faults_are_reported_with_who_set_them()
    {
        var faults = Assert.Throws<BrokerConfigurationException>(() => With(
            ("deployments.zeta.weight", "-1"), ("deployments.zeta.provider", "\"acne\""), ("models.small.price.input", "\"much\""), ("rabbitMq.uri", "\"amqp://x\""))).Faults;

        Assert.Equal(
            ["rabbitMq.uri", "models.small.price.input", "deployments.zeta.provider", "deployments.zeta.weight"], faults.Select(fault => fault.Path));
        Assert.All(faults, fault => Assert.EndsWith("(override by ann)", fault.Text, StringComparison.Ordinal));
        Assert.Contains("is not changed at run time", faults[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{ "provider": "acme", "provider": "acme" }""")]
    public void A_value_that_cannot_be_read_is_a_fault_and_no_crash(string value)
    {
        var fault = Assert.Single(Assert.Throws<BrokerConfigurationException>(() => With(("deployments.zeta", value))).Faults);

        Assert.Equal("deployments.zeta", fault.Path);
        Assert.Contains("no JSON", fault.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models['gpt-4.1'].price.input", "models['gpt-4.1'].price.input")]
    [InlineData("models.gpt-4.1.price.input", "models['gpt-4.1'].price.input")]
    [InlineData("models.gpt-4.1", "models['gpt-4.1']")]
    [InlineData("models.small.tier", "models.small.tier")]
    [InlineData("models['small'].tier", "models.small.tier")]
    public void A_name_with_dots_need_not_be_quoted_when_it_is_there(string written, string stored)
    {
        var tree = Given.Load(Given.With("""{ "models": { "gpt-4.1": { "tier": "large", "priceUnknown": true } } }""")).Tree;
        var faults = new List<ConfigurationFinding>();

        Assert.Equal(stored, OverrideOverlay.Normalize(tree, written, faults));
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("deployments.zeta.weigth", "did you mean 'weight'?")]
    [InlineData("deployments.zeta.weight.more", "there is no member 'more'")]
    [InlineData("deployment.zeta", "is not changed at run time")]
    [InlineData("", "is no path")]
    [InlineData("deployments..weight", "is no path")]
    [InlineData("models['a", "is no path")]
    public void A_path_that_leads_nowhere_is_a_fault(string path, string text)
    {
        var faults = new List<ConfigurationFinding>();

        Assert.Null(OverrideOverlay.Normalize(Given.Load(Given.Valid).Tree, path, faults));
        Assert.Contains(text, Assert.Single(faults).Text, StringComparison.Ordinal);
    }

    private static BrokerConfiguration With(params (string Path, string Value)[] overrides) => Given.Load(Given.Valid, environment: ("LLMBROKER__DEPLOYMENTS__ZETA__WEIGHT", "2"))
        .With([.. overrides.Select(change => new ConfigurationOverride(change.Path, change.Value, "ann", DateTimeOffset.UnixEpoch))]);
}

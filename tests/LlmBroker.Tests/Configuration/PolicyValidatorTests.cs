using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

/// <summary>Every fault in how a policy chooses is found at the start, with its path, its value and the remedy.</summary>
public sealed class PolicyValidatorTests
{
    [Fact]
    public void A_policy_with_everything_in_it_is_valid() => Assert.Empty(Faults("""
        {
          "rules": [
            { "tasks": ["translation", "unknown"], "from": ["en"], "to": ["zh"], "tenants": ["a"], "lanes": ["bulk"], "metadata": { "team": "x" }, "needs": ["vision"], "minPromptTokens": 1, "maxPromptTokens": 1, "model": "big" },
            { "tier": "auto" }
          ],
          "experts": { "translation": { "model": "small", "pairs": { "zh-en": "small" } } },
          "auto": { "largeShare": 0.3 },
          "cascade": { "validators": ["language", "ownCheck"], "judge": { "model": "big", "minScore": 0, "share": 1 }, "skipAboveGain": 1 },
          "holdOut": 1
        }
        """));

    [Theory]
    [InlineData("""{ "rules": [{}] }""", ".rules[0]", "leads nowhere; give model or tier")]
    [InlineData("""{ "rules": [{ "model": "big", "tier": "large" }] }""", ".rules[0]", "keep one of the two")]
    [InlineData("""{ "rules": [{ "tier": "huge" }] }""", ".rules[0].tier", "'huge' is no tier; write one of cheap, large, auto")]
    [InlineData("""{ "rules": [{ "model": "none" }] }""", ".rules[0].model", "there is no model 'none'")]
    [InlineData("""{ "rules": [{ "model": "idle" }] }""", ".rules[0].model", "no deployment serves")]
    [InlineData("""{ "rules": [{ "tier": "auto" }, { "tier": "cheap", "tasks": ["coding"] }] }""", ".rules[1].tasks[0]", "'coding' is no known task")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "lanes": ["slow"] }] }""", ".rules[0].lanes[0]", "'slow' is no known lane")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "needs": ["taste"] }] }""", ".rules[0].needs[0]", "'taste' is no known capability")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "from": ["English"] }] }""", ".rules[0].from[0]", "'English' is no language in ISO 639-1")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "to": ["zh-CN"] }] }""", ".rules[0].to[0]", "'zh-CN' is no language")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "tenants": [""] }] }""", ".rules[0].tenants[0]", "is empty")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "metadata": { "": "x" } }] }""", ".rules[0].metadata", "is empty")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "minPromptTokens": -1 }] }""", ".rules[0].minPromptTokens", "-1 is out of range")]
    [InlineData("""{ "rules": [{ "tier": "cheap", "minPromptTokens": 9, "maxPromptTokens": 8 }] }""", ".rules[0].maxPromptTokens", "8 is less than minPromptTokens, 9")]
    [InlineData("""{ "experts": { "coding": { "model": "small" } } }""", ".experts.coding", "'coding' is no known task")]
    [InlineData("""{ "experts": { "code": {} } }""", ".experts.code", "names no model")]
    [InlineData("""{ "experts": { "code": { "model": "none" } } }""", ".experts.code.model", "there is no model 'none'")]
    [InlineData("""{ "experts": { "code": { "pairs": { "en-zh": "small" } } } }""", ".experts.code.pairs", "only translations have a pair")]
    [InlineData("""{ "experts": { "translation": { "pairs": { "english": "small" } } } }""", ".experts.translation.pairs.english", "'english' is no pair of languages")]
    [InlineData("""{ "experts": { "translation": { "pairs": { "en-zh": "none" } } } }""", ".experts.translation.pairs.en-zh", "there is no model 'none'")]
    [InlineData("""{ "auto": {} }""", ".auto", "says nothing; give one of")]
    [InlineData("""{ "auto": { "threshold": 0.5, "largeShare": 0.3 } }""", ".auto", "keep one")]
    [InlineData("""{ "auto": { "threshold": 1.1 } }""", ".auto.threshold", "1.1 is out of range; write 0 to 1")]
    [InlineData("""{ "auto": { "largeShare": -0.1 } }""", ".auto.largeShare", "-0.1 is out of range")]
    [InlineData("""{ "auto": { "keepQuality": 95 } }""", ".auto.keepQuality", "95 is out of range")]
    [InlineData("""{ "auto": { "maxAverageUsd": -1 } }""", ".auto.maxAverageUsd", "-1 is out of range")]
    [InlineData("""{ "auto": { "threshold": 0.5 }, "cheapTasks": ["qa"] }""", ".cheapTasks", "is set beside auto")]
    [InlineData("""{ "auto": { "threshold": 0.5 }, "large": "small" }""", ".large", "'small' is the cheap model too")]
    [InlineData("""{ "cascade": { "validators": [] } }""", ".cascade", "checks nothing")]
    [InlineData("""{ "cascade": { "validators": [" "] } }""", ".cascade.validators[0]", "is empty; write one of jsonSchema, truncation")]
    [InlineData("""{ "cascade": { "validators": ["numbers", "numbers"] } }""", ".cascade.validators[1]", "'numbers' is already there")]
    [InlineData("""{ "cascade": { "validators": ["jsonschema"] } }""", ".cascade.validators[0]", "did you mean 'jsonSchema'?")]
    [InlineData("""{ "cascade": { "skipAboveGain": 2 } }""", ".cascade.skipAboveGain", "2 is out of range")]
    [InlineData("""{ "cascade": { "judge": { "model": "none" } } }""", ".cascade.judge.model", "there is no model 'none'")]
    [InlineData("""{ "cascade": { "judge": { "model": "small" } } }""", ".cascade.judge.model", "'small' would judge its own answers")]
    [InlineData("""{ "cascade": { "judge": { "model": "big", "minScore": 11 } } }""", ".cascade.judge.minScore", "0 to 10")]
    [InlineData("""{ "cascade": { "judge": { "model": "big", "share": 1.5 } } }""", ".cascade.judge.share", "0 to 1")]
    [InlineData("""{ "holdOut": 1.5 }""", ".holdOut", "1.5 is out of range")]
    [InlineData("""{ "cheap": null, "large": null, "model": "big", "holdOut": 0.1 }""", ".holdOut", "is set beside model")]
    [InlineData("""{ "cheap": null, "large": null, "model": "big", "cascade": {} }""", ".cascade", "is set beside model")]
    public void A_fault_is_told_with_its_path_and_the_remedy(string change, string member, string text)
    {
        var fault = Assert.Single(Faults(change));

        Assert.Equal($"policies.auto{member}", fault.Path);
        Assert.Contains(text, fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cascade_needs_both_models() => Assert.Contains(
        Faults("""{ "large": null, "cascade": {} }"""), fault => fault.Path == "policies.auto" && fault.Text.Contains("both cheap and large", StringComparison.Ordinal));

    [Fact]
    public void A_tenants_policy_must_be_there()
    {
        var fault = Assert.Single(Given.FaultsWith("""{ "tenants": { "acme": { "defaultPolicy": "autor" } } }"""));

        Assert.Equal(("tenants.acme.defaultPolicy", true), (fault.Path, fault.Text.Contains("did you mean 'auto'?", StringComparison.Ordinal)));
    }

    [Fact]
    public void All_faults_come_at_once() => Assert.Equal(
        ["policies.auto.rules[0]", "policies.auto.experts.code", "policies.auto.auto", "policies.auto.cascade", "policies.auto.holdOut"],
        Faults("""{ "rules": [{}], "experts": { "code": {} }, "auto": {}, "cascade": { "validators": [] }, "holdOut": 2 }""").Select(fault => fault.Path));

    [Fact]
    public void A_validator_that_nobody_registered_is_found_by_whoever_knows_those_of_ones_own()
    {
        var options = Given.Load(Given.With("""{ "policies": { "auto": { "cascade": { "validators": ["numbers", "ownCheck", "lenghtRatio"] } } } }""")).Options;

        var fault = Assert.Single(PolicyValidator.FindUnknownValidators(options, [.. CascadeValidatorNames.All, "ownCheck"]));

        Assert.Equal("policies.auto.cascade.validators[2]", fault.Path);
        Assert.Contains("there is no validator 'lenghtRatio'; did you mean 'lengthRatio'?", fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cap_on_the_average_cost_without_prices_is_warned_of()
    {
        var warning = Assert.Single(Given.Load(Given.With("""
            { "models": { "big": { "price": null, "priceUnknown": true } }, "policies": { "auto": { "auto": { "maxAverageUsd": 0.01 } } } }
            """)).Warnings);

        Assert.Equal("policies.auto.auto.maxAverageUsd", warning.Path);
        Assert.Contains("the price of 'big' is unknown", warning.Text, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ConfigurationFinding> Faults(string change) => Given.FaultsWith($$"""{ "policies": { "auto": {{change}} } }""");
}

using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Inference;
using LlmBroker.Providers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class FallbackChooserTests
{
    private readonly DeploymentHolds holds = new(new FakeTimeProvider());

    [Theory]
    [InlineData(ProviderError.ServerError, "m-2")]
    [InlineData(ProviderError.Timeout, "m-2")]
    [InlineData(ProviderError.RateLimited, "m-2")]
    [InlineData(ProviderError.QuotaExhausted, "m-2")]
    [InlineData(ProviderError.ContextTooLong, "long-1")]
    [InlineData(ProviderError.ContentFiltered, "other-1")]
    [InlineData(ProviderError.BadRequest, null)]
    [InlineData(ProviderError.KeyRefused, null)]
    public void A_failure_leads_to_the_fallback_that_names_it(ProviderError error, string? expected) =>
        Assert.Equal(expected, Next(Run("m-1", "m-2", "plain-1", "long-1", "other-1"), FailureClass.Of(error)));

    [Fact]
    public void Without_conditions_only_outages_and_limits_lead_on()
    {
        Assert.Equal("plain-1", Next(Run("m-1", "plain-1"), FailureClass.Outage));
        Assert.Null(Next(Run("m-1", "plain-1"), FailureClass.ContentFiltered));
    }

    [Fact]
    public void A_fallback_that_can_be_called_comes_before_one_that_is_held_or_paused()
    {
        holds.Hold("m-2", HoldCause.Vendor, TimeSpan.FromMinutes(1));

        Assert.Equal("plain-1", Next(Run("m-1", "m-2", "paused-1", "plain-1"), FailureClass.Outage));
        Assert.Equal("m-2", Next(Run("m-1", "m-2", "paused-1"), FailureClass.Outage));
    }

    [Fact]
    public void One_that_is_not_configured_any_more_is_passed_over() => Assert.Equal("m-2", Next(Run("m-1", "gone", "m-2"), FailureClass.Outage));

    private string? Next(RunInference run, string failure) => FallbackChooser.Next(run, failure, new ConfigurationSnapshot(Options), holds);

    private static BrokerOptions Options => new()
    {
        Providers = new() { ["p"] = new() { Type = "openai" } },
        Models = new[] { "m", "plain", "long", "other", "paused" }.ToDictionary(name => name, _ => new ModelOptions { Tier = "large", PriceUnknown = true }),
        Deployments = new[] { "m-1", "m-2", "plain-1", "long-1", "other-1", "paused-1" }.ToDictionary(
            name => name,
            name => new DeploymentOptions { Provider = "p", Model = name[..^2], Lanes = new() { Standard = name == "paused-1" ? "paused" : "open" } }),
        Policies = new()
        {
            ["p"] = new()
            {
                Model = "m",
                FallbackModels = ["plain", "paused"],
                Fallbacks = [new() { Model = "long", On = ["contextTooLong"] }, new() { Model = "other", On = ["contentFiltered", "outage"] }],
            },
        },
    };

    private static RunInference Run(string deployment, params string[] fallbacks) => new()
    {
        Tenant = "t",
        RequestId = "r",
        Run = 1,
        Lane = "standard",
        Operation = "chat",
        Route = new Route { Deployment = deployment, Model = "m", Policy = "p", Reason = "", Fallbacks = fallbacks },
        AcceptedAt = DateTimeOffset.UnixEpoch,
        Deadline = DateTimeOffset.MaxValue,
        Body = JsonSerializer.SerializeToElement(new { }),
    };
}

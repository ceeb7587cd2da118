using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class ConfigurationBinderTests
{
    [Theory]
    [InlineData("""{ "rabbitmq": {} }""", "rabbitmq", "did you mean 'rabbitMq'?")]
    [InlineData("""{ "deployments": { "zeta": { "atemptTimeout": "1m" } } }""", "deployments.zeta.atemptTimeout", "did you mean 'attemptTimeout'?")]
    [InlineData("""{ "limits": { "weather": 1 } }""", "limits.weather", "known here: maxMessageBytes, maxAttempts")]
    [InlineData("""{ "models": { "gpt-4.1": { "teer": "cheap", "tier": "cheap", "priceUnknown": true } } }""", "models['gpt-4.1'].teer", "'tier'")]
    [InlineData("""{ "limits": { "maxAttempts": 1.5 } }""", "limits.maxAttempts", "the number 1.5; expected a whole number")]
    [InlineData("""{ "limits": { "maxAttempts": 99999999999 } }""", "limits.maxAttempts", "expected a whole number")]
    [InlineData("""{ "limits": { "maxAttempts": "3" } }""", "limits.maxAttempts", "the text '3'")]
    [InlineData("""{ "rabbitMq": { "inMemory": "yes" } }""", "rabbitMq.inMemory", "expected true or false")]
    [InlineData("""{ "rabbitMq": { "prefetch": 70000 } }""", "rabbitMq.prefetch", "from 0 to 65535")]
    [InlineData("""{ "ledger": { "lease": "3 sec" } }""", "ledger.lease", "the text '3 sec'; expected a duration")]
    [InlineData("""{ "ledger": { "lease": 3 } }""", "ledger.lease", "the number 3; expected a duration")]
    [InlineData("""{ "models": { "small": { "price": { "input": "cheap" } } } }""", "models.small.price.input", "expected a number")]
    [InlineData("""{ "policies": { "auto": { "cheapTasks": "qa" } } }""", "policies.auto.cheapTasks", "expected an array")]
    [InlineData("""{ "policies": { "auto": { "fallbackModels": ["small", 5] } } }""", "policies.auto.fallbackModels[1]", "expected a text")]
    [InlineData("""{ "lanes": { "bulk": 5 } }""", "lanes.bulk", "expected an object")]
    [InlineData("""{ "lanes": [] }""", "lanes", "is an array; expected an object")]
    [InlineData("""{ "providers": { "other": {} } }""", "providers.other.type", "is missing")]
    [InlineData("""{ "models": { "idle": { "tier": null } } }""", "models.idle.tier", "is missing")]
    [InlineData("""{ "models": { "small": { "price": { "output": null } } } }""", "models.small.price.output", "is missing; expected a number")]
    public void A_member_that_is_unknown_missing_or_of_the_wrong_type_is_named_with_the_remedy(string change, string path, string text)
    {
        var fault = Assert.Single(Given.FaultsWith(change));

        Assert.Equal(path, fault.Path);
        Assert.Contains(text, fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_provider_and_model_of_a_deployment_are_both_named()
    {
        Assert.Equal(
            ["deployments.new.provider", "deployments.new.model"],
            Given.FaultsWith("""{ "deployments": { "new": {} } }""").Select(fault => fault.Path));
    }

    [Fact]
    public void Null_is_refused_where_a_default_would_apply_and_accepted_where_it_means_none()
    {
        var faults = Given.FaultsOf(Given.Valid.Replace(
            "\"ledger\": {", "\"lanes\": null, \"telemetry\": { \"otlpEndpoint\": null }, \"ledger\": {", StringComparison.Ordinal));

        Assert.Equal("lanes: is null; give a value, or leave it out for the default", Assert.Single(faults).ToString());
    }

    [Fact]
    public void A_member_written_twice_is_a_fault()
    {
        var faults = Given.FaultsOf(Given.Valid.Replace(
            "\"alpha\": {", "\"zeta\": { \"provider\": \"acme\", \"model\": \"big\" }, \"alpha\": {", StringComparison.Ordinal));

        Assert.Equal("deployments.zeta: is written twice; remove one of the two", Assert.Single(faults).ToString());
    }

    [Theory]
    [InlineData("""{ "rabbitMq": { "password": "hunter2" } }""")]
    [InlineData("""{ "rabbitMq": { "password": { "value": "hunter2" } } }""")]
    [InlineData("""{ "rabbitMq": { "password": ["hunter2"] } }""")]
    [InlineData("""{ "rabbitMq": { "password": { "env": "hunter2" } } }""")]
    [InlineData("""{ "rabbitMq": { "uri": "http://user:hunter2@broker" } }""")]
    [InlineData("""{ "rabbitMq": { "uri": "amqp://user:hunter2/x@broker:port" } }""")]
    [InlineData("""{ "rabbitMq": { "managementUri": "user:hunter2@broker" } }""")]
    [InlineData("""{ "ledger": { "postgres": "Passwort=hunter2" } }""")]
    [InlineData("""{ "ledger": { "connection": "Password=hunter2" } }""")]
    public void A_fault_never_shows_what_may_be_a_secret(string change)
    {
        var faults = Given.FaultsWith(change);

        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal));
    }
}

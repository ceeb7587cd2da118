using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class BrokerOptionsValidatorTests
{
    [Fact]
    public void A_valid_configuration_has_no_faults() => Assert.Empty(Given.FaultsWith("{}"));

    [Theory]
    [InlineData("""{ "rabbitMq": { "uri": "http://broker" } }""", "rabbitMq.uri", "amqp://host")]
    [InlineData("""{ "rabbitMq": { "uri": "broker" } }""", "rabbitMq.uri", "'broker' is no RabbitMQ address")]
    [InlineData("""{ "rabbitMq": { "managementUri": "ftp://broker" } }""", "rabbitMq.managementUri", "'ftp://broker'")]
    [InlineData("""{ "rabbitMq": { "prefetch": 0 } }""", "rabbitMq.prefetch", "1 to 65535")]
    [InlineData("""{ "rabbitMq": { "username": " " } }""", "rabbitMq.username", "is empty")]
    [InlineData("""{ "rabbitMq": { "password": {} } }""", "rabbitMq.password", "neither env, file nor keyVault")]
    [InlineData("""{ "rabbitMq": { "password": { "env": "ACME_KEY", "file": "/x" } } }""", "rabbitMq.password", "more than one of env, file and keyVault")]
    [InlineData("""{ "rabbitMq": { "uri": "amqps://broker", "tls": { "serverName": "" } } }""", "rabbitMq.tls.serverName", "is empty")]
    public void RabbitMq(string change, string path, string text) => AssertSingleFault(change, path, text);

    [Theory]
    [InlineData("""{ "ledger": { "sqlite": "x.db" } }""", "ledger", "both set")]
    [InlineData("""{ "ledger": { "postgres": null } }""", "ledger", "neither postgres nor sqlite")]
    [InlineData("""{ "ledger": { "postgres": "postgres://db/d" } }""", "ledger.postgres", "Host=…")]
    [InlineData("""{ "ledger": { "postgres": "Username=u" } }""", "ledger.postgres", "Host=…")]
    [InlineData("""{ "ledger": { "postgres": null, "sqlite": "" } }""", "ledger.sqlite", "is empty")]
    [InlineData("""{ "ledger": { "password": {} } }""", "ledger.password", "neither env, file nor keyVault")]
    [InlineData("""{ "ledger": { "commitInterval": "101ms" } }""", "ledger.commitInterval", "101ms is out of range; write 0s to 100ms")]
    [InlineData("""{ "ledger": { "commitSize": 0 } }""", "ledger.commitSize", "1 to 5000")]
    [InlineData("""{ "ledger": { "commitSize": 5001 } }""", "ledger.commitSize", "1 to 5000")]
    [InlineData("""{ "ledger": { "lease": "999ms" } }""", "ledger.lease", "1s to 3s")]
    [InlineData("""{ "ledger": { "lease": "4s" } }""", "ledger.lease", "1s to 3s")]
    [InlineData("""{ "ledger": { "replyRetention": "0s" } }""", "ledger.replyRetention", "1m to 3650d")]
    [InlineData("""{ "ledger": { "replyRetention": "2d", "retention": { "payloads": "3d" } } }""", "ledger.replyRetention", "keep that one")]
    public void Ledger(string change, string path, string text) => AssertSingleFault(change, path, text);

    [Theory]
    [InlineData("""{ "usage": "23h", "claims": "1d", "payloads": "1d" }""", "usage", "23h is out of range; write 1d to 3650d")]
    [InlineData("""{ "usage": "29d" }""", "usage", "29d is shorter than claims, 30d")]
    [InlineData("""{ "payloads": "59s" }""", "payloads", "1m to 3650d")]
    [InlineData("""{ "payloads": "-1d" }""", "payloads", "expected a duration")]
    [InlineData("""{ "payloads": "31d" }""", "claims", "30d is shorter than payloads, 31d")]
    [InlineData("""{ "claims": "6d" }""", "claims", "6d is shorter than payloads, 7d: a duplicate would be paid again")]
    [InlineData("""{ "deadLetters": "0s" }""", "deadLetters", "1d to 3650d")]
    public void Retention(string retention, string member, string text) => Assert.Contains(
        Given.FaultsWith($$"""{ "ledger": { "retention": {{retention}} } }"""),
        fault => fault.Path == $"ledger.retention.{member}" && fault.Text.Contains(text, StringComparison.Ordinal));

    [Fact]
    public void Retention_faults_come_all_at_once() => Assert.Equal(
        [
            "ledger.retention.usage", "ledger.retention.claims", "ledger.retention.claims", "ledger.retention.usage", "lanes.bulk.defaultDeadline",
            "tenants.acme.retention.payloads", "tenants.Upper",
        ],
        Given.FaultsWith("""
            {
              "ledger": { "retention": { "usage": "20h", "claims": "23h" } },
              "lanes": { "bulk": { "defaultDeadline": "2d" } },
              "tenants": { "acme": { "retention": { "payloads": "8d" } }, "Upper": {} }
            }
            """).Select(fault => fault.Path));

    [Theory]
    [InlineData("""{ "acme": { "retention": { "payloads": "8d" } } }""", "tenants.acme.retention.payloads", "8d is out of range; write 1m to ledger.retention.payloads, 7d")]
    [InlineData("""{ "acme": { "retention": { "payloads": "1s" } } }""", "tenants.acme.retention.payloads", "1s is out of range")]
    [InlineData("""{ "Acme": {} }""", "tenants.Acme", "cannot be a tenant's name")]
    [InlineData("""{ "acme": { "retention": { "dropDelivered": "yes" } } }""", "tenants.acme.retention.dropDelivered", "true or false")]
    public void Tenants(string tenants, string path, string text) => AssertSingleFault($$"""{ "tenants": {{tenants}} }""", path, text);

    [Fact]
    public void Dropping_delivered_replies_in_memory_is_warned_of() => Assert.Contains(
        Given.Load(Given.With("""{ "rabbitMq": { "inMemory": true }, "tenants": { "acme": { "retention": { "dropDelivered": true } } } }""")).Warnings,
        warning => warning.Path == "tenants.acme.retention.dropDelivered");

    [Fact]
    public void Retention_takes_its_former_name_with_a_warning()
    {
        var configuration = Given.Load(Given.With("""{ "ledger": { "replyRetention": "2d" } }"""));

        Assert.Equal(TimeSpan.FromDays(2), configuration.Options.Ledger.Kept.Payloads);
        Assert.Equal(TimeSpan.FromDays(30), configuration.Options.Ledger.Kept.Claims);
        Assert.Equal("ledger.replyRetention", Assert.Single(configuration.Warnings).Path);
    }

    [Theory]
    [InlineData("""{ "providers": { "acme": { "type": "acme" } } }""", "providers.acme.type", "one of anthropic, openai")]
    [InlineData("""{ "providers": { "acme": { "baseUrl": "api.acme.com" } } }""", "providers.acme.baseUrl", "'api.acme.com'")]
    [InlineData("""{ "providers": { "acme": { "baseUrl": "ftp://acme/" } } }""", "providers.acme.baseUrl", "http or https")]
    [InlineData("""{ "providers": { "acme": { "apiKey": { "env": null } } } }""", "providers.acme.apiKey", "neither env, file nor keyVault")]
    [InlineData("""{ "providers": { "ACME": { "type": "openai" } } }""", "providers.ACME", "differs from 'acme' only by case")]
    [InlineData("""{ "providers": { "a b": { "type": "openai" } } }""", "providers['a b']", "without spaces")]
    [InlineData("""{ "providers": { "acme": { "apiKeys": [{ "env": "ACME_KEY" }] } } }""", "providers.acme.apiKeys", "beside apiKey")]
    [InlineData("""{ "providers": { "acme": { "apiKey": null, "apiKeys": [{ "env": "ACME_KEY" }, {}] } } }""", "providers.acme.apiKeys[1]", "neither env")]
    [InlineData("""{ "providers": { "acme": { "apiKey": null, "apiKeys": [{ "env": "ACME_KEY" }, { "env": "OTHER_KEY" }] } } }""", "providers.acme.apiKeys[1].env", "OTHER_KEY is not set")]
    [InlineData("""{ "providers": { "acme": { "defaultModel": "smal" } } }""", "providers.acme.defaultModel", "did you mean 'small'?")]
    [InlineData("""{ "providers": { "other": { "type": "openai", "defaultModel": "small" } } }""", "providers.other.defaultModel", "no deployment at this account")]
    public void Providers(string change, string path, string text) => AssertSingleFault(change, path, text);

    [Theory]
    [InlineData("""{ "models": { "idle": { "tier": "medium" } } }""", "models.idle.tier", "'medium' is no tier; write cheap or large")]
    [InlineData("""{ "models": { "small": { "price": null } } }""", "models.small.price", "is missing, and no list price is known for deployment 'zeta'")]
    [InlineData("""{ "models": { "idle": { "priceUnknown": null, "listPrice": "openai/gpt-0" } } }""", "models.idle.listPrice", "'openai/gpt-0' is not in the price catalogue")]
    [InlineData("""{ "models": { "small": { "listPrice": "openai/gpt-5" } } }""", "models.small.listPrice", "is set beside price")]
    [InlineData("""{ "models": { "small": { "price": { "longContext": { "abovePromptTokens": 0, "input": 1, "output": 1 } } } } }""", "models.small.price.longContext.abovePromptTokens", "0 is out of range")]
    [InlineData("""{ "models": { "small": { "priceUnknown": true } } }""", "models.small.priceUnknown", "beside a price")]
    [InlineData("""{ "models": { "small": { "price": { "input": -0.1 } } } }""", "models.small.price.input", "-0.1 is out of range; write 0 to 10000")]
    [InlineData("""{ "models": { "small": { "price": { "output": 10001 } } } }""", "models.small.price.output", "0 to 10000")]
    [InlineData("""{ "models": { "small": { "price": { "cacheRead": -1 } } } }""", "models.small.price.cacheRead", "0 to 10000")]
    [InlineData("""{ "models": { "small": { "price": { "cacheWrite": 20000 } } } }""", "models.small.price.cacheWrite", "0 to 10000")]
    [InlineData("""{ "models": { "small": { "maxOutputTokens": 0 } } }""", "models.small.maxOutputTokens", "0 is out of range")]
    [InlineData("""{ "models": { "small": { "contextWindow": 4095 } } }""", "models.small.contextWindow", "less than maxOutputTokens, 4096")]
    [InlineData("""{ "models": { "small": { "strategy": "wieghted" } } }""", "models.small.strategy", "'wieghted' is no strategy; write one of order, weighted")]
    [InlineData("""{ "models": { "small": { "shadow": { "deployment": "alhpa", "share": 0.1 } } } }""", "models.small.shadow.deployment", "did you mean 'alpha'?")]
    [InlineData("""{ "models": { "small": { "shadow": { "deployment": "zeta", "share": 0.1 } } } }""", "models.small.shadow.deployment", "compare it with itself")]
    [InlineData("""{ "models": { "small": { "shadow": { "deployment": "alpha", "share": 2 } } } }""", "models.small.shadow.share", "0 to 1")]
    [InlineData("""{ "models": { "Small": { "tier": "cheap", "priceUnknown": true } } }""", "models.Small", "only by case")]
    public void Models(string change, string path, string text) => AssertSingleFault(change, path, text);

    [Theory]
    [InlineData("""{ "provider": "acne" }""", "provider", "there is no provider 'acne'; did you mean 'acme'?")]
    [InlineData("""{ "model": "gigantic" }""", "model", "there is no model 'gigantic'; known: small, big, idle. Else add it under models")]
    [InlineData("""{ "vendorModel": "" }""", "vendorModel", "is empty")]
    [InlineData("""{ "maxConcurrentCalls": 0 }""", "maxConcurrentCalls", "1 to 4096")]
    [InlineData("""{ "maxConcurrentCalls": 4097 }""", "maxConcurrentCalls", "1 to 4096")]
    [InlineData("""{ "interactiveShare": 1 }""", "interactiveShare", "at least one call remains")]
    [InlineData("""{ "interactiveShare": -0.1 }""", "interactiveShare", "0 to below 1")]
    [InlineData("""{ "totalTimeout": "10m" }""", "totalTimeout", "10m is too long; write less than 10m")]
    [InlineData("""{ "attemptTimeout": "7m" }""", "attemptTimeout", "7m is longer than totalTimeout, 6m")]
    [InlineData("""{ "attemptTimeout": "0s" }""", "attemptTimeout", "longer time")]
    [InlineData("""{ "retryDelay": "0s" }""", "retryDelay", "longer time")]
    [InlineData("""{ "retryDelay": "7m" }""", "retryDelay", "longer than totalTimeout")]
    [InlineData("""{ "maxRetryAfter": "7m" }""", "maxRetryAfter", "longer than totalTimeout")]
    [InlineData("""{ "weight": -1 }""", "weight", "-1 is out of range")]
    [InlineData("""{ "canaryShare": 1.5 }""", "canaryShare", "0 to 1")]
    [InlineData("""{ "lanes": { "bulk": "stopped" } }""", "lanes.bulk", "'stopped' is no state; write one of open, paused, draining")]
    [InlineData("""{ "maxRetries": 11 }""", "maxRetries", "0 to 10")]
    [InlineData("""{ "maxRetries": -1 }""", "maxRetries", "0 to 10")]
    [InlineData("""{ "breaker": { "failureRatio": 0 } }""", "breaker.failureRatio", "above 0 to 1")]
    [InlineData("""{ "breaker": { "failureRatio": 1.1 } }""", "breaker.failureRatio", "above 0 to 1")]
    [InlineData("""{ "breaker": { "minimumThroughput": 1 } }""", "breaker.minimumThroughput", "write 2 to")]
    [InlineData("""{ "breaker": { "samplingDuration": "100ms" } }""", "breaker.samplingDuration", "500ms to 1d")]
    [InlineData("""{ "breaker": { "breakDuration": "2d" } }""", "breaker.breakDuration", "500ms to 1d")]
    public void Deployments(string change, string member, string text) => AssertSingleFault(
        $$"""{ "deployments": { "more": {{Given.Merged("""{ "provider": "acme", "model": "idle" }""", change)}} } }""", $"deployments.more.{member}", text);

    [Theory]
    [InlineData("Upper")]
    [InlineData("dot.ted")]
    [InlineData("-first")]
    [InlineData("under_score")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123")]
    public void A_deployment_name_must_fit_into_queue_names(string name) => AssertSingleFault(
        $$"""{ "deployments": { "{{name}}": { "provider": "acme", "model": "idle" } } }""",
        name.Contains('.', StringComparison.Ordinal) ? $"deployments['{name}']" : $"deployments.{name}",
        "queue names");

    [Theory]
    [InlineData("""{ "model": "small" }""", "", "mixes model with cheap")]
    [InlineData("""{ "large": null }""", "", "both cheap and large")]
    [InlineData("""{ "cheap": null }""", "", "both cheap and large")]
    [InlineData("""{ "cheap": "smal" }""", ".cheap", "did you mean 'small'?")]
    [InlineData("""{ "large": "idle" }""", ".large", "no deployment serves the model 'idle'")]
    [InlineData("""{ "cheapTasks": ["qa", "poetry"] }""", ".cheapTasks[1]", "'poetry' is no known task; write one of translation,")]
    [InlineData("""{ "cheapTasks": ["unknown"] }""", ".cheapTasks[0]", "no known task")]
    [InlineData("""{ "maxCheapPromptTokens": 0 }""", ".maxCheapPromptTokens", "0 is out of range")]
    [InlineData("""{ "minConfidence": 1.5 }""", ".minConfidence", "0 to 1")]
    [InlineData("""{ "fallbackModels": ["none"] }""", ".fallbackModels[0]", "there is no model 'none'")]
    [InlineData("""{ "fallbackModels": ["idle"] }""", ".fallbackModels[0]", "no deployment serves")]
    [InlineData("""{ "strategy": "random" }""", ".strategy", "'random' is no strategy")]
    [InlineData("""{ "fallbacks": [{ "model": "none" }] }""", ".fallbacks[0].model", "there is no model 'none'")]
    [InlineData("""{ "fallbacks": [{ "model": "big", "on": ["rainfall"] }] }""", ".fallbacks[0].on[0]", "'rainfall' is no failure; write one of outage,")]
    [InlineData("""{ "fallbacks": [{ "model": "big", "on": [] }] }""", ".fallbacks[0].on", "is empty")]
    [InlineData("""{ "fallbackModels": ["big"], "fallbacks": [{ "model": "big" }] }""", ".fallbacks[0].model", "already in this policy")]
    [InlineData("""{ "fallbackModels": ["big", "big"] }""", ".fallbackModels[1]", "already in this policy")]
    public void Policies(string change, string member, string text) => AssertSingleFault(
        $$"""{ "policies": { "auto": {{change}} } }""", $"policies.auto{member}", text);

    [Theory]
    [InlineData("""{ "routing": { "defaultPolicy": "manual" } }""", "routing.defaultPolicy", "there is no policy 'manual'; known: auto.")]
    [InlineData("""{ "routing": { "defaultModel": "none" } }""", "routing.defaultModel", "there is no model 'none'")]
    [InlineData("""{ "routing": { "defaultModel": "idle" } }""", "routing.defaultModel", "no deployment serves")]
    [InlineData("""{ "routing": { "delivery": { "coding": "at-most-once" } } }""", "routing.delivery.coding", "'coding' is no known task; write default, or one of")]
    [InlineData("""{ "routing": { "delivery": { "default": "once" } } }""", "routing.delivery.default", "'once' is unknown; write at-least-once or at-most-once")]
    [InlineData("""{ "routing": null }""", "routing", "neither defaultPolicy nor defaultModel")]
    [InlineData("""{ "deployments": null, "policies": null, "routing": null }""", "deployments", "there is none")]
    public void Routing(string change, string path, string text)
    {
        Assert.Contains(Given.FaultsWith(change), fault => fault.Path == path && fault.Text.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("interactive")]
    [InlineData("standard")]
    [InlineData("bulk")]
    public void Lanes(string lane)
    {
        AssertSingleFault($$"""{ "lanes": { "{{lane}}": { "defaultDeadline": "0s", "patience": "0s" } } }""", $"lanes.{lane}.defaultDeadline", "1s to 30d");
        AssertSingleFault($$"""{ "lanes": { "{{lane}}": { "patience": "25h" } } }""", $"lanes.{lane}.patience", "25h is longer than defaultDeadline");
    }

    [Theory]
    [InlineData("""{ "limits": { "maxMessageBytes": 1023 } }""", "limits.maxMessageBytes", "1024 to 16777216")]
    [InlineData("""{ "limits": { "inlineBodyBytes": -1 } }""", "limits.inlineBodyBytes", "0 to 16777216")]
    [InlineData("""{ "limits": { "maxAttempts": 0 } }""", "limits.maxAttempts", "1 to 100")]
    [InlineData("""{ "limits": { "drainTimeout": "11m" } }""", "limits.drainTimeout", "0s to 10m")]
    [InlineData("""{ "telemetry": { "otlpEndpoint": "localhost:4317" } }""", "telemetry.otlpEndpoint", "http or https")]
    public void Limits_and_telemetry(string change, string path, string text) => AssertSingleFault(change, path, text);

    [Fact]
    public void Only_what_is_needed_must_be_there()
    {
        Assert.Empty(Given.FaultsOf("{}", ConfigurationNeeds.Messaging));
        Assert.Equal(["ledger"], Given.FaultsOf("{}", ConfigurationNeeds.Ledger).Select(fault => fault.Path));
        Assert.Equal(["routing", "deployments"], Given.FaultsOf("{}", ConfigurationNeeds.Routing).Select(fault => fault.Path));
        Assert.Equal(["deployments"], Given.FaultsOf("{}", ConfigurationNeeds.Vendors).Select(fault => fault.Path));
    }

    private static void AssertSingleFault(string change, string path, string text)
    {
        var fault = Assert.Single(Given.FaultsWith(change));
        Assert.Equal(path, fault.Path);
        Assert.Contains(text, fault.Text, StringComparison.Ordinal);
    }
}

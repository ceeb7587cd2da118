using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class ProviderValidatorTests
{
    private static readonly HashSet<string> Types = [.. LlmBroker.Providers.VendorTypes.Names];

    [Theory]
    [InlineData("""{ "type": "azure-openai", "apiKey": { "env": "ACME_KEY" } }""", "providers.acme.baseUrl", "is missing")]
    [InlineData("""{ "type": "azure-openai", "baseUrl": "https://x.openai.azure.com/", "apiKey": null }""", "providers.acme.apiKey", "azure.credential")]
    [InlineData("""{ "type": "azure-openai", "baseUrl": "https://x/", "azure": { "credential": "magic" } }""", "providers.acme.azure.credential", "default, client-secret, managed-identity")]
    [InlineData("""{ "type": "azure-openai", "baseUrl": "https://x/", "azure": { "credential": "client-secret", "tenantId": "t" } }""", "providers.acme.azure", "clientSecret")]
    [InlineData("""{ "type": "bedrock", "aws": { "accessKeyId": "AKID" } }""", "providers.acme.aws", "belong together")]
    [InlineData("""{ "type": "vertex" }""", "providers.acme.google.project", "is missing")]
    [InlineData("""{ "type": "huggingface-endpoint" }""", "providers.acme.baseUrl", "dedicated endpoint")]
    [InlineData("""{ "type": "openai", "aws": { "secretAccessKey": {} } }""", "providers.acme.aws.secretAccessKey", "neither env")]
    public void An_account_lacks_what_its_kind_needs(string account, string path, string text) =>
        AssertFault($$"""{ "providers": { "acme": {{account}} } }""", path, text);

    [Theory]
    [InlineData("openai", """{ "api": "translation" }""", "deployments.alpha.api", "'translation' is no API of type 'openai'")]
    [InlineData("anthropic", """{ "api": "responses" }""", "deployments.alpha.api", "write one of")]
    [InlineData("huggingface", """{ "api": "translation" }""", "deployments.alpha.taskModel.targets", "is empty")]
    [InlineData("huggingface", """{ "api": "classification" }""", "deployments.alpha.taskModel.labels", "zeroShot")]
    [InlineData("huggingface", """{ "api": "translation", "taskModel": { "targets": ["Spanish language"] } }""", "deployments.alpha.taskModel", "ISO 639-1")]
    [InlineData("huggingface", """{ "api": "translation", "taskModel": { "sources": ["en"], "targets": ["es"], "languageCodes": { "en": "eng_Latn" } } }""", "deployments.alpha.taskModel.languageCodes", "'es'")]
    public void A_deployment_asks_its_account_for_what_it_does_not_have(string type, string deployment, string path, string text) =>
        AssertFault($$"""{ "providers": { "acme": { "type": "{{type}}" } }, "deployments": { "alpha": {{deployment}} } }""", path, text);

    [Fact]
    public void Capabilities_are_a_closed_set() =>
        AssertFault("""{ "models": { "small": { "capabilities": { "visoin": false } } } }""", "models.small.capabilities.visoin", "did you mean 'vision'?");

    [Fact]
    public void Every_built_in_type_can_be_configured()
    {
        foreach (var type in Types)
        {
            var change = $$"""
                { "providers": { "acme": { "type": "{{type}}", "baseUrl": "https://x/", "google": { "project": "p" } } },
                  "deployments": { "zeta": { "api": {{(type == "huggingface-endpoint" ? "\"extraction\"" : "null")}} }, "alpha": { "api": {{(type == "huggingface-endpoint" ? "\"extraction\"" : "null")}} } } }
                """;
            Assert.Empty(Faults(change));
        }
    }

    private static void AssertFault(string change, string path, string text) =>
        Assert.Contains(Faults(change), fault => fault.Path == path && fault.Text.Contains(text, StringComparison.Ordinal));

    private static IReadOnlyList<ConfigurationFinding> Faults(string change)
    {
        try
        {
            BrokerConfiguration.Parse(Given.With(change), "test", Types, ConfigurationNeeds.All, new Dictionary<string, string> { ["ACME_KEY"] = "k" });
            return [];
        }
        catch (BrokerConfigurationException exception)
        {
            return exception.Faults;
        }
    }
}

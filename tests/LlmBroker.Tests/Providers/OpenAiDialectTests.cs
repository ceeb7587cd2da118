using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Providers;
using LlmBroker.Providers.OpenAi;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class OpenAiDialectTests
{
    private const string Responses =
        """
        {"id":"resp_1","object":"response","status":"STATUS","model":"m","error":ERROR,"incomplete_details":DETAILS,
         "output":[{"type":"reasoning","id":"rs","summary":[]},{"type":"message","id":"m","role":"assistant","status":"completed","content":[CONTENT]}],
         "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},"output_tokens":40,"output_tokens_details":{"reasoning_tokens":30},"total_tokens":140}}
        """;

    [Theory]
    [InlineData("mistral", "\"max_completion_tokens\":5,\"seed\":7", "\"max_tokens\":5,\"random_seed\":7")]
    [InlineData("deepseek", "\"max_tokens\":4,\"max_completion_tokens\":5", "\"max_tokens\":5")]
    [InlineData("deepseek", "\"max_tokens\":4", "\"max_tokens\":4")]
    [InlineData("groq", "\"max_completion_tokens\":5,\"seed\":7", "\"max_completion_tokens\":5,\"seed\":7")]
    public async Task A_preset_says_the_same_in_its_vendors_words(string preset, string member, string expected)
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = new OpenAiProvider(ProviderCalls.Account(), vendor, TimeProvider.System, OpenAiPresets.All[preset]);

        await provider.CallAsync($$"""{"messages":[],{{member}}}""");

        Assert.Equal($$"""{"model":"vendor-model","messages":[],{{expected}}}""", vendor.Body);
        Assert.StartsWith(OpenAiPresets.All[preset].Address, vendor.Address?.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_preset_has_an_address_that_ends_in_a_slash_and_can_chat()
    {
        foreach (var (name, dialect) in OpenAiPresets.All)
        {
            Assert.True(new Uri(dialect.Address).AbsolutePath.EndsWith('/'), name);
            Assert.True(VendorTypes.CapabilitiesOf(name, null).HasFlag(ModelCapabilities.Chat), name);
        }
    }

    [Theory]
    [InlineData("https://x.openai.azure.com/", null, "chat", "https://x.openai.azure.com/openai/v1/chat/completions")]
    [InlineData("https://x.openai.azure.com/openai/v1/", null, "embeddings", "https://x.openai.azure.com/openai/v1/embeddings")]
    [InlineData("https://x.openai.azure.com/", "2024-10-21", "chat", "https://x.openai.azure.com/openai/deployments/vendor-model/chat/completions?api-version=2024-10-21")]
    public async Task Azure_is_reached_at_its_v1_endpoint_or_by_deployment_and_version(string address, string? version, string operation, string expected)
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = AzureOpenAi.Create(
            ProviderCalls.Account(new Uri(address)) with { Source = new() { Azure = new() { ApiVersion = version } } }, vendor, TimeProvider.System);

        await provider.CallAsync(ProviderCalls.Hello, operation);

        Assert.Equal(expected, vendor.Address?.AbsoluteUri);
        Assert.Equal(ProviderCalls.Key, vendor.Headers["api-key"]);
        Assert.DoesNotContain("Authorization", vendor.Headers.Keys);
    }

    [Theory]
    [InlineData("client-secret")]
    [InlineData("magic")]
    public void Azure_says_what_its_credential_lacks(string credential)
    {
        using var vendor = StubVendor.Answering("{}");
        var settings = ProviderCalls.Account(new Uri("https://x.openai.azure.com/")) with { Source = new() { Azure = new() { Credential = credential } } };

        Assert.Contains(credential, Assert.Throws<InvalidOperationException>(() => AzureOpenAi.Create(settings, vendor, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("managed-identity")]
    public void Azure_credentials_are_made_without_asking_anybody(string credential)
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = AzureOpenAi.Create(
            ProviderCalls.Account(new Uri("https://x.openai.azure.com/")) with { Source = new() { Azure = new() { Credential = credential } } }, vendor, TimeProvider.System);

        Assert.Equal(0, vendor.Calls);
    }

    [Theory]
    [InlineData("completed", "null", "{\"type\":\"output_text\",\"text\":\"Hi\",\"annotations\":[]}", "stop", "Hi")]
    [InlineData("incomplete", "{\"reason\":\"max_output_tokens\"}", "{\"type\":\"output_text\",\"text\":\"H\",\"annotations\":[]}", "length", "H")]
    [InlineData("incomplete", "{\"reason\":\"content_filter\"}", "{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}", "content_filter", "")]
    [InlineData("completed", "null", "{\"type\":\"refusal\",\"refusal\":\"No.\"}", "stop", null)]
    public async Task A_response_becomes_a_chat_completion(string status, string details, string content, string finishReason, string? text)
    {
        var result = await RespondAsync(status, details, content);

        Assert.Null(result.Error);
        Assert.Equal(finishReason, result.FinishReason);
        Assert.Equal(new TokenUsage { InputTokens = 40, CacheReadTokens = 60, OutputTokens = 40, ReasoningTokens = 30 }, result.Usage);
        var message = result.Body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(text, message.GetProperty("content").GetString());
        Assert.Equal(text is null ? "No." : null, message.GetProperty("refusal").GetString());
        Assert.Empty(await OpenAiSchema.FaultsAsync("CreateChatCompletionResponse", result.Body.GetRawText()));
    }

    [Theory]
    [InlineData("server_error", ProviderError.ServerError)]
    [InlineData("rate_limit_exceeded", ProviderError.RateLimited)]
    [InlineData("invalid_prompt", ProviderError.ContentFiltered)]
    public async Task A_response_that_failed_is_a_failure_with_its_tokens(string code, ProviderError expected)
    {
        var result = await RespondAsync("failed", "null", "", $$"""{"code":"{{code}}","message":"x"}""");

        Assert.Equal(expected, result.Error);
        Assert.Equal(40, result.Usage?.OutputTokens);
    }

    private static async Task<ProviderResult> RespondAsync(string status, string details, string content, string error = "null")
    {
        var answer = Responses.Replace("STATUS", status, StringComparison.Ordinal).Replace("DETAILS", details, StringComparison.Ordinal)
            .Replace("CONTENT", content, StringComparison.Ordinal).Replace("ERROR", error, StringComparison.Ordinal);
        using var provider = new OpenAiProvider(ProviderCalls.Account(), StubVendor.Answering(answer), new FakeTimeProvider(ProviderCalls.Now));
        return await provider.CallAsync(ProviderCalls.Call(ProviderCalls.Hello) with { Api = "responses" }, TestContext.Current.CancellationToken);
    }
}

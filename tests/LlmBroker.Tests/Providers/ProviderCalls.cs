using System.Text.Json;
using LlmBroker.Providers;
using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.OpenAi;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>Calls and accounts as the tests of the adapters need them.</summary>
internal static class ProviderCalls
{
    public const string Key = "sk-test-0123456789abcdefghijkl";
    public const string Hello = """{"model":"any","messages":[{"role":"user","content":"Hello"}]}""";

    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    public static readonly Guid AttemptId = Guid.Parse("0198c5a0-0000-7000-8000-000000000001");

    public static ProviderCall Call(string body, string operation = "chat") => new()
    {
        AttemptId = AttemptId,
        Operation = operation,
        VendorModel = "vendor-model",
        MaxOutputTokens = 777,
        Body = JsonElement.Parse(body),
    };

    public static ProviderSettings Account(Uri? address = null) => new() { Account = "acme", ApiKey = Key, BaseAddress = address };

    public static OpenAiProvider OpenAi(HttpMessageHandler handler) => new(Account(), handler, new FakeTimeProvider(Now));

    public static AnthropicProvider Anthropic(HttpMessageHandler handler) => new(Account(), handler, new FakeTimeProvider(Now));

    public static Task<ProviderResult> CallAsync(this IModelProvider provider, string body, string operation = "chat") =>
        provider.CallAsync(Call(body, operation), TestContext.Current.CancellationToken);
}

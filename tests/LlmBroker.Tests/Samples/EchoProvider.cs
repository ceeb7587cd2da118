using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers;

namespace Acme.Llm;

/// <summary>A vendor adapter of one's own: <c>services.AddModelProvider("echo", (settings, _) => new EchoProvider(settings))</c>.</summary>
public sealed class EchoProvider(ProviderSettings settings) : IModelProvider
{
    // providers.{account}.options, as they stand in llmbroker.json.
    private readonly string _greeting = settings.Options?.GetProperty("greeting").GetString() ?? "";

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        if (request.Operation != "chat")
            return Task.FromResult(new ProviderResult { Error = ProviderError.Unsupported, ErrorMessage = "Echo only chats." });

        var said = request.Body.GetProperty("messages")[0].GetProperty("content").GetString();
        var body = JsonSerializer.SerializeToElement(new
        {
            @object = "chat.completion",
            model = request.VendorModel,
            choices = new[] { new { index = 0, message = new { role = "assistant", content = _greeting + said }, finish_reason = "stop" } },
        });
        return Task.FromResult(new ProviderResult { Body = body, FinishReason = "stop", Usage = new TokenUsage { InputTokens = 1, OutputTokens = 1 } });
    }
}

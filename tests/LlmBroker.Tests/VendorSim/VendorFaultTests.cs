using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>What each vendor makes of each fault, and that its log tells the same as its answer.</summary>
public sealed class VendorFaultTests
{
    public static TheoryData<Vendor> Vendors { get; } =
        [Vendor.OpenAi, Vendor.Anthropic, Vendor.Azure, Vendor.Bedrock, Vendor.Google, Vendor.HuggingFace];

    private static Task<RunningSim> Setup(Vendor vendor, params SimulatedFault[] faults) =>
        RunningSim.StartAsync(new VendorSimOptions { Models = [RunningSim.ModelOf(vendor) with { Faults = faults }] });

    [Theory]
    [InlineData(Vendor.Azure, FaultKind.RateLimited, 429, "RateLimitReached")]
    [InlineData(Vendor.Azure, FaultKind.QuotaExhausted, 429, "insufficient_quota")]
    [InlineData(Vendor.Azure, FaultKind.ServerError, 500, "server_error")]
    [InlineData(Vendor.Azure, FaultKind.Unavailable, 503, "ServiceUnavailable")]
    [InlineData(Vendor.Azure, FaultKind.ContentFilter, 400, "content_filter")]
    [InlineData(Vendor.Azure, FaultKind.ContextTooLong, 400, "context_length_exceeded")]
    [InlineData(Vendor.Azure, FaultKind.KeyRefused, 401, "401")]
    [InlineData(Vendor.Azure, FaultKind.AccessDenied, 403, "PermissionDenied")]
    [InlineData(Vendor.Bedrock, FaultKind.RateLimited, 429, "ThrottlingException")]
    [InlineData(Vendor.Bedrock, FaultKind.QuotaExhausted, 400, "ServiceQuotaExceededException")]
    [InlineData(Vendor.Bedrock, FaultKind.ServerError, 500, "InternalServerException")]
    [InlineData(Vendor.Bedrock, FaultKind.Unavailable, 503, "ServiceUnavailableException")]
    [InlineData(Vendor.Bedrock, FaultKind.ContextTooLong, 400, "ValidationException")]
    [InlineData(Vendor.Bedrock, FaultKind.KeyRefused, 403, "UnrecognizedClientException")]
    [InlineData(Vendor.Bedrock, FaultKind.AccessDenied, 403, "AccessDeniedException")]
    [InlineData(Vendor.Bedrock, FaultKind.ModelTimeout, 408, "ModelTimeoutException")]
    [InlineData(Vendor.Bedrock, FaultKind.ModelError, 424, "ModelErrorException")]
    [InlineData(Vendor.Bedrock, FaultKind.ModelNotReady, 429, "ModelNotReadyException")]
    [InlineData(Vendor.Google, FaultKind.RateLimited, 429, "RESOURCE_EXHAUSTED")]
    [InlineData(Vendor.Google, FaultKind.QuotaExhausted, 429, "RESOURCE_EXHAUSTED")]
    [InlineData(Vendor.Google, FaultKind.ServerError, 500, "INTERNAL")]
    [InlineData(Vendor.Google, FaultKind.Unavailable, 503, "UNAVAILABLE")]
    [InlineData(Vendor.Google, FaultKind.ContextTooLong, 400, "INVALID_ARGUMENT")]
    [InlineData(Vendor.Google, FaultKind.KeyRefused, 400, "API_KEY_INVALID")]
    [InlineData(Vendor.Google, FaultKind.AccessDenied, 403, "IAM_PERMISSION_DENIED")]
    [InlineData(Vendor.Google, FaultKind.ModelTimeout, 504, "DEADLINE_EXCEEDED")]
    [InlineData(Vendor.HuggingFace, FaultKind.RateLimited, 429, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.QuotaExhausted, 402, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.ServerError, 500, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.Unavailable, 503, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.ContextTooLong, 422, "context_length_exceeded")]
    [InlineData(Vendor.HuggingFace, FaultKind.KeyRefused, 401, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.AccessDenied, 403, null)]
    [InlineData(Vendor.HuggingFace, FaultKind.ModelNotReady, 503, "model_loading")]
    public async Task Fault_is_answered_in_the_vendors_words(Vendor vendor, FaultKind kind, int status, string? error)
    {
        await using var sim = await Setup(vendor, new SimulatedFault { Kind = kind });
        var (path, body) = RunningSim.Simplest(vendor);

        var (actual, answer) = await sim.PostJsonAsync(path, body);

        var call = Assert.Single(sim.Sim.Calls);
        Assert.Equal((status, status, false), (actual, call.Status, call.Billed));
        Assert.Equal(error, call.Error);
        Assert.True(answer.TryGetProperty("error", out _) || answer.TryGetProperty("message", out _), answer.GetRawText());
    }

    [Theory]
    [InlineData(Vendor.OpenAi, FaultKind.Refusal, "stop")]
    [InlineData(Vendor.Azure, FaultKind.Refusal, "stop")]
    [InlineData(Vendor.Azure, FaultKind.ContentFilterFinish, "content_filter")]
    [InlineData(Vendor.Anthropic, FaultKind.ContentFilter, "refusal")]
    [InlineData(Vendor.Bedrock, FaultKind.ContentFilter, "guardrail_intervened")]
    [InlineData(Vendor.Bedrock, FaultKind.ContentFilterFinish, "content_filtered")]
    public async Task Filtered_and_refused_answers_are_a_200_with_their_reason(Vendor vendor, FaultKind kind, string finish)
    {
        await using var sim = await Setup(vendor, new SimulatedFault { Kind = kind });
        var (path, body) = RunningSim.Simplest(vendor);

        var (status, answer) = await sim.PostJsonAsync(path, body);

        Assert.Equal(200, status);
        Assert.Equal((finish, true), (Assert.Single(sim.Sim.Calls).FinishReason, sim.Sim.Calls[0].Billed));
        Assert.Contains($"\"{finish}\"", answer.GetRawText(), StringComparison.Ordinal);
        if (kind == FaultKind.Refusal)
        {
            var message = answer.GetProperty("choices")[0].GetProperty("message");
            Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
            Assert.Contains("can't help", message.GetProperty("refusal").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task Broken_answers_are_broken_alike_at_each_vendor(Vendor vendor)
    {
        await using var sim = await Setup(
            vendor,
            new SimulatedFault { Kind = FaultKind.MalformedJson, Marker = "[[malformed]]" },
            new SimulatedFault { Kind = FaultKind.CutBody, Marker = "[[cut]]" },
            new SimulatedFault { Kind = FaultKind.Reset, Marker = "[[reset]]" });

        using (var malformed = await PostAsync(sim, vendor, "[[malformed]]"))
        {
            Assert.Equal(200, (int)malformed.StatusCode);
            var text = await malformed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(text));
        }

        using (var cut = await PostAsync(sim, vendor, "[[cut]]"))
            await Assert.ThrowsAsync<HttpRequestException>(() => cut.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(sim, vendor, "[[reset]]"));
        Assert.Equal(["malformed-json", "cut-body", "reset"], sim.Sim.Calls.Select(call => call.Fault));
        Assert.All(sim.Sim.Calls, call => Assert.True(call.Billed));
    }

    [Theory]
    [InlineData(Vendor.Azure, "7", null)]
    [InlineData(Vendor.Bedrock, "7", null)]
    [InlineData(Vendor.HuggingFace, "7", null)]
    [InlineData(Vendor.Google, null, "7s")]
    public async Task Rate_limited_tells_when_to_come_back_in_the_vendors_place(Vendor vendor, string? header, string? detail)
    {
        foreach (var seconds in new double?[] { 7, null })
        {
            await using var sim = await Setup(vendor, new SimulatedFault { Kind = FaultKind.RateLimited, RetryAfterSeconds = seconds });

            using var response = await PostAsync(sim, vendor, "hi");

            var body = (await RunningSim.ReadAsync(response)).GetRawText();
            Assert.Equal(seconds is null ? null : header, response.Headers.TryGetValues("retry-after", out var values) ? values.Single() : null);
            Assert.Equal(seconds is not null && detail is not null, body.Contains($"\"retryDelay\":\"{detail}\"", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Vendor.OpenAi, "usage.prompt_tokens", "usage.prompt_tokens_details.cached_tokens", "usage.completion_tokens", "usage.completion_tokens_details.reasoning_tokens")]
    [InlineData(Vendor.Azure, "usage.prompt_tokens", "usage.prompt_tokens_details.cached_tokens", "usage.completion_tokens", "usage.completion_tokens_details.reasoning_tokens")]
    [InlineData(Vendor.HuggingFace, "usage.prompt_tokens", "usage.prompt_tokens_details.cached_tokens", "usage.completion_tokens", "usage.completion_tokens_details.reasoning_tokens")]
    [InlineData(Vendor.Anthropic, "usage.input_tokens+usage.cache_read_input_tokens+usage.cache_creation_input_tokens", "usage.cache_read_input_tokens", "usage.output_tokens", "usage.output_tokens_details.thinking_tokens")]
    [InlineData(Vendor.Bedrock, "usage.inputTokens+usage.cacheReadInputTokens+usage.cacheWriteInputTokens", "usage.cacheReadInputTokens", "usage.outputTokens", null)]
    [InlineData(Vendor.Google, "usageMetadata.promptTokenCount", "usageMetadata.cachedContentTokenCount", "usageMetadata.candidatesTokenCount+usageMetadata.thoughtsTokenCount", "usageMetadata.thoughtsTokenCount")]
    public async Task Reported_tokens_are_the_logged_ones(Vendor vendor, string input, string cached, string output, string? reasoning)
    {
        var hasWrites = vendor is Vendor.Anthropic or Vendor.Bedrock;
        var model = RunningSim.ModelOf(vendor) with
        {
            Tokens = new SimulatedTokens { Output = 30, CachedShare = 0.5, CacheWriteShare = hasWrites ? 0.25 : 0, Reasoning = 9 },
        };
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [model] });

        using var response = await PostAsync(sim, vendor, "A prompt of some length, in order that all classes of tokens have some.", "a-1");

        var answer = await RunningSim.ReadAsync(response);
        var call = Assert.Single(sim.Sim.Calls);
        Assert.Equal("a-1", call.AttemptId);
        Assert.Equal(vendor, call.Vendor);
        Assert.True(call is { InputTokens: > 8, CachedTokens: > 0, OutputTokens: >= 30 });
        Assert.Equal(call.CacheWriteTokens > 0, hasWrites);
        Assert.Equal(call.InputTokens, Sum(answer, input));
        Assert.Equal(call.CachedTokens, Sum(answer, cached));
        Assert.Equal(call.OutputTokens, Sum(answer, output));
        if (reasoning is not null)
            Assert.Equal(call.ReasoningTokens, Sum(answer, reasoning));
        // Anthropic's model thinks only when it is told to.
        Assert.Equal(vendor == Vendor.Anthropic ? 0 : 9, call.ReasoningTokens);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task Same_prompt_has_the_same_hash_at_each_vendor(Vendor vendor)
    {
        await using var sim = await RunningSim.StartAsync();
        using var openAi = await PostAsync(sim, Vendor.OpenAi, "hi");
        sim.Sim.ConfigureAll([RunningSim.ModelOf(vendor)]);

        using var other = await PostAsync(sim, vendor, "hi");

        // The name of the model is part of what is hashed.
        var expected = new PromptBuilder();
        expected.BeginMessage("user");
        expected.Add("hi");
        expected.EndMessage();
        Assert.Equal(expected.Build().Sha256(RunningSim.ModelOf(vendor).Name), sim.Sim.Calls[1].PromptSha256);
        Assert.Equal(expected.Build().Sha256("gpt"), sim.Sim.Calls[0].PromptSha256);
    }

    private static Task<HttpResponseMessage> PostAsync(RunningSim sim, Vendor vendor, string prompt, string? attemptId = null)
    {
        var (path, body) = RunningSim.Simplest(vendor, prompt);
        return sim.PostAsync(path, body, attemptId: attemptId);
    }

    private static int Sum(JsonElement answer, string paths) => paths.Split('+')
        .Sum(path => path.Split('.').Aggregate(answer, (element, name) => element.GetProperty(name)).GetInt32());
}

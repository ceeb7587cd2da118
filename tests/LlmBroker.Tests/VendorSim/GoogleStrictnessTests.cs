using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class GoogleStrictnessTests
{
    private const string Hi = "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]";
    private const string Called = "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{}}}]}";

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "Invalid value")]
    [InlineData("{}", "GenerateContentRequest.contents: contents is not specified")]
    [InlineData("""{"contents":[]}""", "contents is not specified")]
    [InlineData("""{"contents":"hi"}""", "Invalid value at 'contents'")]
    [InlineData("""{"contents":[{"parts":[]}]}""", "contents[0].parts: contents.parts must not be empty")]
    [InlineData("""{"contents":[{"role":"assistant","parts":[{"text":"hi"}]}]}""", "Please use a valid role: user, model.")]
    [InlineData("""{"contents":[{"role":"user","content":"hi"}]}""", "Unknown name \"content\" at 'contents[0]'")]
    [InlineData("""{"contents":[{"parts":[{}]}]}""", "must have one initialized field")]
    [InlineData("""{"contents":[{"parts":[{"text":"a","functionCall":{"name":"f"}}]}]}""", "oneof field 'data' is already set")]
    [InlineData("""{"contents":[{"parts":[{"type":"text","text":"a"}]}]}""", "Unknown name \"type\"")]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/bmp","data":"eA=="}}]}]}""", "Unsupported MIME type: image/bmp")]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"!"}}]}]}""", "Base64 decoding failed")]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"dGhpcyBpcyBub3QgYW4gaW1hZ2U="}}]}]}""", "Unable to process input image")]
    [InlineData("{" + Hi + ",\"messages\":[]}", "Unknown name \"messages\"")]
    [InlineData("{" + Hi + ",\"systemInstruction\":\"s\"}", "Invalid value at 'system_instruction'")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"temperature\":2.5}}", "temperature must be in the range [0.0, 2.0]")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"temperature\":\"warm\"}}", "'generation_config.temperature' (TYPE_FLOAT), \"warm\"")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"maxTokens\":5}}", "Unknown name \"maxTokens\" at 'generation_config'")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"maxOutputTokens\":0}}", "max_output_tokens must be positive")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"maxOutputTokens\":501}}", "supported range is from 1 (inclusive) to 501 (exclusive)")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"stopSequences\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}}", "at most 5 stop sequences")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"seed\":1.5}}", "TYPE_INT32")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"responseSchema\":{\"type\":\"OBJECT\"}}}", "only supported when response_mime_type is set to JSON")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"object\",\"additionalProperties\":false}}}", "Unknown name \"additionalProperties\" at 'generation_config.response_schema'")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":[\"string\",\"null\"]}}}", "response_schema.type")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"OBJECT\",\"required\":[\"a\"]}}}", "property is not defined")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"OBJECT\"},\"responseJsonSchema\":{}}}", "Only one of response_schema and response_json_schema")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":5,\"thinkingLevel\":\"LOW\"}}}", "only one of thinking budget and thinking level")]
    [InlineData("{" + Hi + ",\"generationConfig\":{\"logprobs\":3}}", "response_logprobs is set to true")]
    [InlineData("{" + Hi + ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f f\"}]}]}", "Invalid function name")]
    [InlineData("{" + Hi + ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":{\"$ref\":\"#\"}}]}]}", "Unknown name \"$ref\"")]
    [InlineData("{" + Hi + ",\"tools\":[{\"type\":\"function\"}]}", "Unknown name \"type\" at 'tools[0]'")]
    [InlineData("{" + Hi + ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}}", "without function_declarations")]
    [InlineData("{" + Hi + ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\"}]}],\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"g\"]}}}", "not among the function declarations")]
    [InlineData("{" + Called + "]}", "number of function response parts")]
    [InlineData("{" + Called + ",{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}", "number of function response parts")]
    [InlineData("{" + Hi + ",\"safetySettings\":[{\"category\":\"HARM_CATEGORY_RUDE\",\"threshold\":\"OFF\"}]}", "safety_settings[0].category")]
    public async Task Content_refused_by_the_vendor_is_refused_here(string body, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(RunningSim.GeminiPath, body);

        var error = answer.GetProperty("error");
        Assert.Equal(400, status);
        Assert.Equal((400, "INVALID_ARGUMENT"), (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString()));
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(400, Assert.Single(sim.Sim.Calls).Status);
    }

    [Theory]
    [InlineData("/v1beta/models/gemini:generateContent", "x-goog-api-key", "sim-key", 200, null)]
    [InlineData("/v1beta/models/gemini:generateContent?key=sim-key", "X-Nothing", "", 200, null)]
    [InlineData("/v1beta/models/gemini:generateContent", "x-goog-api-key", "wrong", 400, "INVALID_ARGUMENT")]
    [InlineData("/v1beta/models/gemini:generateContent", "X-Nothing", "", 403, "PERMISSION_DENIED")]
    [InlineData("/v1beta/models/nope:generateContent", "x-goog-api-key", "sim-key", 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/gemini:embedContent", "x-goog-api-key", "sim-key", 400, "INVALID_ARGUMENT")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini:generateContent", "Authorization", "Bearer sim-key", 200, null)]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini:generateContent", "Authorization", "Bearer wrong", 401, "UNAUTHENTICATED")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini:generateContent", "X-Nothing", "", 401, "UNAUTHENTICATED")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/nope:generateContent", "Authorization", "Bearer sim-key", 404, "NOT_FOUND")]
    public async Task Keys_and_models_are_those_of_the_address(string path, string header, string value, int status, string? error)
    {
        await using var sim = await RunningSim.StartAsync();
        sim.Client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);

        using var response = await sim.PostAsync(path, "{" + Hi + "}", key: null);

        Assert.Equal(status, (int)response.StatusCode);
        var answer = await RunningSim.ReadAsync(response);
        Assert.Equal(error, answer.TryGetProperty("error", out var body) ? body.GetProperty("status").GetString() : null);
    }

    [Fact]
    public async Task Names_may_be_in_snake_case()
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(
            RunningSim.GeminiPath, "{" + Hi + ",\"system_instruction\":{\"parts\":[{\"text\":\"s\"}]},\"generation_config\":{\"max_output_tokens\":\"5\"}}");

        Assert.Equal(200, status);
        Assert.Equal("MAX_TOKENS", answer.GetProperty("candidates")[0].GetProperty("finishReason").GetString());
        Assert.Equal(5, answer.GetProperty("usageMetadata").GetProperty("candidatesTokenCount").GetInt32());
    }

    [Theory]
    [InlineData(FaultKind.ContentFilter, null, "PROHIBITED_CONTENT", 0)]
    [InlineData(FaultKind.ContentFilterFinish, "SAFETY", null, 5)]
    [InlineData(FaultKind.Recitation, "RECITATION", null, 5)]
    public async Task What_is_filtered_has_no_text(FaultKind kind, string? finish, string? block, int outputTokens)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [RunningSim.Gemini with { Faults = [new SimulatedFault { Kind = kind }] }] });

        var (status, answer) = await sim.PostJsonAsync(RunningSim.GeminiPath, "{" + Hi + "}");

        Assert.Equal(200, status);
        Assert.Equal(finish, answer.TryGetProperty("candidates", out var candidates) ? candidates[0].GetProperty("finishReason").GetString() : null);
        Assert.Equal(block, answer.TryGetProperty("promptFeedback", out var feedback) ? feedback.GetProperty("blockReason").GetString() : null);
        Assert.False(candidates.ValueKind == System.Text.Json.JsonValueKind.Array && candidates[0].TryGetProperty("content", out _));
        Assert.Equal(outputTokens, Assert.Single(sim.Sim.Calls).OutputTokens);
    }
}

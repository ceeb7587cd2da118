using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class HuggingFaceTests
{
    private static SimulatedModel Of(TextTask task) => new()
    {
        Name = "org/model",
        Vendor = Vendor.HuggingFace,
        Task = task,
        ContextWindow = 64,
        Labels = task is TextTask.TextClassification or TextTask.TokenClassification ? ["PER", "LOC"] : [],
        EmbeddingDimensions = task == TextTask.FeatureExtraction ? 8 : null,
        Tokens = new SimulatedTokens { OutputPerInputToken = 1, MinOutput = 12 },
    };

    private static Task<RunningSim> Setup(TextTask task) => RunningSim.StartAsync(new VendorSimOptions { Models = [Of(task), RunningSim.Router] });

    private static async Task<JsonElement> AskAsync(TextTask task, string body)
    {
        await using var sim = await Setup(task);
        var (status, answer) = await sim.PostJsonAsync("/huggingface/hf-inference/models/org/model", body);
        Assert.True(status == 200, answer.GetRawText());
        return answer;
    }

    [Fact]
    public async Task Translation_gives_each_text_its_own()
    {
        var answer = await AskAsync(TextTask.Translation, """{"inputs":["Good morning.","Good night."],"parameters":{"src_lang":"en_XX","tgt_lang":"es_XX"}}""");

        Assert.Equal(2, answer.GetArrayLength());
        Assert.StartsWith("[simulated org/model] Good morning.", answer[0].GetProperty("translation_text").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("[simulated org/model] Good night.", answer[1].GetProperty("translation_text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Summarization_gives_a_text_within_its_limit()
    {
        var answer = await AskAsync(TextTask.Summarization, """{"inputs":"A long story.","parameters":{"generate_parameters":{"max_new_tokens":7}}}""");

        Assert.Equal("[simulated org/model] A long", answer[0].GetProperty("summary_text").GetString()![..28]);
    }

    [Fact]
    public async Task Text_classification_scores_the_models_labels()
    {
        var answer = await AskAsync(TextTask.TextClassification, """{"inputs":"Anna","parameters":{"top_k":2}}""");

        var scores = answer[0].EnumerateArray().Select(item => item.GetProperty("score").GetDouble()).ToList();
        Assert.Equal(["LOC", "PER"], answer[0].EnumerateArray().Select(item => item.GetProperty("label").GetString()!).Order());
        Assert.Equal(1, scores.Sum(), 4);
        Assert.True(scores[0] >= scores[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Zero_shot_classification_finds_a_label_that_the_text_mentions(bool isMultiLabel)
    {
        var answer = await AskAsync(
            TextTask.ZeroShotClassification,
            $$$"""{"inputs":"I want a refund","parameters":{"candidate_labels":["legal","refund","faq"],"multi_label":{{{(isMultiLabel ? "true" : "false")}}}}}""");

        Assert.Equal("refund", answer[0].GetProperty("label").GetString());
        Assert.Equal(3, answer.GetArrayLength());
        Assert.All(answer.EnumerateArray(), item => Assert.InRange(item.GetProperty("score").GetDouble(), 0, 1));
    }

    [Theory]
    [InlineData("simple", new[] { "Anna Smith", "Berlin" })]
    [InlineData("none", new[] { "Anna", "Smith", "Berlin" })]
    public async Task Token_classification_finds_names_where_they_stand(string aggregation, string[] words)
    {
        const string Text = "yesterday Anna Smith came to Berlin";

        var answer = await AskAsync(
            TextTask.TokenClassification, $$$"""{"inputs":"{{{Text}}}","parameters":{"aggregation_strategy":"{{{aggregation}}}"}}""");

        Assert.Equal(words, answer.EnumerateArray().Select(item => item.GetProperty("word").GetString()!));
        Assert.All(answer.EnumerateArray(), item => Assert.Equal(
            item.GetProperty("word").GetString(), Text[item.GetProperty("start").GetInt32()..item.GetProperty("end").GetInt32()]));
        Assert.Equal(aggregation == "none", answer[0].TryGetProperty("entity", out _));
    }

    [Fact]
    public async Task Question_answering_gives_a_part_of_the_context()
    {
        const string Context = "The sun is hot. The capital of Spain is Madrid. Water is wet.";

        var answer = await AskAsync(
            TextTask.QuestionAnswering, $$$"""{"inputs":{"question":"What is the capital of Spain?","context":"{{{Context}}}"}}""");

        Assert.Equal("The capital of Spain is Madrid", answer.GetProperty("answer").GetString());
        Assert.Equal(Context.IndexOf("The capital", StringComparison.Ordinal), answer.GetProperty("start").GetInt32());
    }

    [Fact]
    public async Task Feature_extraction_gives_vectors()
    {
        var one = await AskAsync(TextTask.FeatureExtraction, """{"inputs":"a"}""");
        var two = await AskAsync(TextTask.FeatureExtraction, """{"inputs":["a","b"],"parameters":{"normalize":true}}""");

        Assert.Equal(8, one.GetArrayLength());
        Assert.Equal(one.GetRawText(), two[0].GetRawText());
        Assert.Equal(8, two[1].GetArrayLength());
    }

    [Theory]
    [InlineData(TextTask.Translation, "{", 400, "Invalid JSON")]
    [InlineData(TextTask.Translation, "{}", 400, "`inputs`: field required")]
    [InlineData(TextTask.Translation, """{"inputs":""}""", 400, "at least 1 characters")]
    [InlineData(TextTask.Translation, """{"inputs":7}""", 400, "`inputs`")]
    [InlineData(TextTask.Translation, """{"inputs":{"question":"a","context":"b"}}""", 400, "str type expected")]
    [InlineData(TextTask.Translation, """{"inputs":"a","parameters":{"target":"es"}}""", 400, "are not used by the model: ['target']")]
    [InlineData(TextTask.Translation, """{"inputs":"a","parameters":{"tgt_lang":7}}""", 400, "parameters.tgt_lang")]
    [InlineData(TextTask.Summarization, """{"inputs":"a","parameters":{"tgt_lang":"es"}}""", 400, "['tgt_lang']")]
    [InlineData(TextTask.TextClassification, """{"inputs":"a","parameters":{"labels":["a"]}}""", 400, "unexpected keyword argument 'labels'")]
    [InlineData(TextTask.ZeroShotClassification, """{"inputs":"a"}""", 400, "parameters.candidate_labels`: field required")]
    [InlineData(TextTask.ZeroShotClassification, """{"inputs":"a","parameters":{"candidate_labels":[]}}""", 400, "at least one label")]
    [InlineData(TextTask.ZeroShotClassification, """{"inputs":"a","parameters":{"candidate_labels":["b"],"hypothesis_template":"none"}}""", 400, "hypothesis_template")]
    [InlineData(TextTask.TokenClassification, """{"inputs":"a","parameters":{"aggregation_strategy":"some"}}""", 400, "aggregation_strategy")]
    [InlineData(TextTask.QuestionAnswering, """{"inputs":"a"}""", 400, "question and context")]
    [InlineData(TextTask.QuestionAnswering, """{"inputs":{"question":"a"}}""", 400, "`context` cannot be empty")]
    public async Task Task_refused_by_the_vendor_is_refused_here(TextTask task, string body, int status, string message)
    {
        await using var sim = await Setup(task);

        var (actual, answer) = await sim.PostJsonAsync("/hf-inference/models/org/model", body);

        Assert.Equal(status, actual);
        Assert.Contains(message, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TextTask.Translation, "", 400, "index out of range in self")]
    [InlineData(TextTask.Translation, ",\"parameters\":{\"truncation\":\"only_first\"}", 200, null)]
    [InlineData(TextTask.TextClassification, "", 400, "The size of tensor a (100) must match the size of tensor b (64)")]
    public async Task Input_over_the_length_of_a_small_model_is_refused_unless_it_is_to_be_cut(TextTask task, string more, int status, string? message)
    {
        await using var sim = await Setup(task);

        var (actual, answer) = await sim.PostJsonAsync("/hf-inference/models/org/model", $$"""{"inputs":"{{new string('x', 400)}}"{{more}}}""");

        Assert.Equal(status, actual);
        if (message is not null)
            Assert.Contains(message, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/hf-inference/models/org/nope", 404, "does not exist")]
    [InlineData("/hf-inference/models/org/chat", 400, "not supported by provider hf-inference")]
    [InlineData("/hf-inference/models/org/model/pipeline/summarization", 400, "doesn't support task 'summarization'")]
    [InlineData("/hf-inference/models/org/model/pipeline/translation", 200, null)]
    public async Task Model_is_the_one_of_the_path(string path, int status, string? message)
    {
        await using var sim = await Setup(TextTask.Translation);

        var (actual, answer) = await sim.PostJsonAsync(path, """{"inputs":"hi"}""");

        Assert.Equal(status, actual);
        if (message is not null)
            Assert.Contains(message, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"org/chat:fastest","messages":[{"role":"user","content":"hi"}]}""", 200, null)]
    [InlineData("""{"model":"nope","messages":[{"role":"user","content":"hi"}]}""", 400, "model_not_found")]
    [InlineData("""{"model":"org/model","messages":[{"role":"user","content":"hi"}]}""", 400, "model_not_supported")]
    [InlineData("""{"model":"org/chat","messages":[]}""", 400, "empty_array")]
    public async Task Router_answers_as_openai_does(string body, int status, string? code)
    {
        await using var sim = await Setup(TextTask.Translation);

        var (actual, answer) = await sim.PostJsonAsync(RunningSim.RouterPath, body);

        Assert.Equal(status, actual);
        Assert.Equal(code, answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
    }

    [Fact]
    public async Task A_model_that_is_being_loaded_says_for_how_long()
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models = [Of(TextTask.Translation) with { Faults = [new SimulatedFault { Kind = FaultKind.ModelNotReady, RetryAfterSeconds = 20, Next = 1 }] }],
        });

        using var loading = await sim.PostAsync("/hf-inference/models/org/model", """{"inputs":"hi"}""");
        using var loaded = await sim.PostAsync("/hf-inference/models/org/model", """{"inputs":"hi"}""");

        var error = await RunningSim.ReadAsync(loading);
        Assert.Equal(503, (int)loading.StatusCode);
        Assert.Equal(20, error.GetProperty("estimated_time").GetDouble());
        Assert.Equal("Model org/model is currently loading", error.GetProperty("error").GetString());
        Assert.False(loading.Headers.Contains("retry-after"));
        Assert.Equal(200, (int)loaded.StatusCode);
        Assert.NotEmpty(loaded.Headers.GetValues("x-compute-time"));
        Assert.Equal("simulated", loaded.Headers.GetValues("x-compute-type").Single());
    }
}

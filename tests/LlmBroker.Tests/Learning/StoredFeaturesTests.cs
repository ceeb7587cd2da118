using LlmBroker.Learning;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class StoredFeaturesTests
{
    private static readonly CueTaskClassifier Cues = new();

    [Theory]
    [InlineData(null, "Translate into German: \"Good morning.\"")]
    [InlineData("You summarize.", "把下面这段话总结成一句：今天天气很好，我们去了 3 个公园。")]
    [InlineData(null, "")]
    public void TryDecode_gives_back_what_was_encoded(string? system, string prompt)
    {
        var scratch = Read(system, prompt);

        var features = StoredFeatures.TryDecode(StoredFeatures.Encode(scratch))!;

        Assert.Equal(scratch.Body.ToArray().Order(), features.Body);
        Assert.Equal(scratch.Edge.ToArray().Order(), features.Edge);
        Assert.Equal(scratch.Shape, features.Shape);
        Assert.Equal(scratch.Form, features.Form);
    }

    [Fact]
    public void Encode_takes_about_two_bytes_a_word_and_holds_no_text()
    {
        var prompt = string.Join(' ', Enumerable.Range(0, 400).Select(i => $"word{(char)('a' + (i % 26))}{(char)('a' + (i / 26))}"));
        var scratch = Read(null, prompt);

        var bytes = StoredFeatures.Encode(scratch);

        Assert.InRange(bytes.Length, 100, (2.2 * (scratch.Body.Length + scratch.Edge.Length)) + 200);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("word"u8));
    }

    [Fact]
    public void TryDecode_of_another_versions_features_is_null()
    {
        var bytes = StoredFeatures.Encode(Read(null, "Hello"));

        bytes[1] ^= 1;
        Assert.Null(StoredFeatures.TryDecode(bytes));
    }

    [Fact]
    public void TryDecode_of_any_damage_says_so_or_gives_features_within_bounds()
    {
        var bytes = StoredFeatures.Encode(Read(null, "Summarize: the cat sat on the mat, and stayed there for 3 days."));
        var random = new Random(3);
        for (var trial = 0; trial < 5000; trial++)
        {
            var damaged = bytes[..random.Next(bytes.Length + 1)];
            for (var i = random.Next(4); i > 0 && damaged.Length > 5; i--)
                damaged[random.Next(5, damaged.Length)] = (byte)random.Next(256);
            try
            {
                var features = StoredFeatures.TryDecode(damaged)!;
                Assert.All(features.Body.Concat(features.Edge), word => Assert.InRange(word, 0, PromptHasher.Buckets - 1));
            }
            catch (InvalidDataException)
            {
                // Damaged, and said so.
            }
        }
    }

    [Fact]
    public void CopyTo_gives_a_model_what_it_would_have_read()
    {
        const string Prompt = "Summarize: the 3 cats sat on the mat, and stayed there for $12.50 a day.\nA. yes\nB. no";
        var (model, read, copied) = (RoutingModel.LoadEmbedded(), Read(null, Prompt), Read("other", "Something else altogether, to be overwritten."));

        StoredFeatures.TryDecode(StoredFeatures.Encode(read))!.CopyTo(copied);
        model.Predict(read);
        model.Predict(copied);

        Assert.Equal(read.Probabilities, copied.Probabilities);
        Assert.Equal(model.GainOf(read, TaskKind.Unknown), model.GainOf(copied, TaskKind.Unknown));
        Assert.Equal(model.GainOf(read, TaskKind.Code), model.GainOf(copied, TaskKind.Code));
    }

    private static PredictionScratch Read(string? system, string prompt)
    {
        var scratch = new PredictionScratch();
        scratch.Read(new ClassifierInput(system, prompt, 1), Cues);
        return scratch;
    }
}

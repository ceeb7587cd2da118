using System.Buffers.Binary;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class GainCorrectionTests
{
    private static readonly RoutingModel Shipped = RoutingModel.LoadEmbedded();

    private static readonly GainCorrection Correction = new(
        -0.5f, 0.75f, 1f / 127, [.. Enumerable.Range(0, RoutingModel.Tasks).Select(task => task / 10f)], [.. Enumerable.Repeat(0.1f, RoutingModel.Tasks)]);

    [Fact]
    public void Predict_is_the_probability_of_a_bad_cheap_answer_less_that_of_a_bad_large_one()
    {
        var probabilities = new float[RoutingModel.Tasks];
        probabilities[2] = 1;

        var gain = Correction.Predict(0.5f, 1, probabilities);

        Assert.Equal((1 / (1 + Math.Exp(-(-0.5 + 1 + 0.2)))) - 0.1, gain, 5);
        Assert.True(Correction.Predict(0.5f, 1.1f, probabilities) > gain);
        Assert.InRange(Correction.Predict(0, -30, probabilities), 0, 1e-6);
        Assert.InRange(Correction.Predict(1, 30, probabilities), 0.89, 0.91);
    }

    [Fact]
    public void Predict_keeps_requests_in_order_where_the_large_model_fails_as_often()
    {
        var probabilities = new float[RoutingModel.Tasks];
        probabilities[0] = 1;

        float[] gains = [.. new[] { -4f, -3.5f, -3f, -2.5f }.Select(words => Correction.Predict(0.5f, words, probabilities))];

        Assert.Equal(gains.Distinct().Order(), gains);
        Assert.All(gains, gain => Assert.InRange(gain, 0, 0.01));
    }

    [Fact]
    public void A_corrected_model_is_read_as_it_was_written_and_one_without_keeps_the_older_format()
    {
        var words = new float[PromptHasher.Buckets];
        words[7] = 1;
        words[9] = -0.25f;
        var bytes = Bytes(Shipped.With(Correction, words));

        var read = RoutingModel.Read(new MemoryStream(bytes));

        Assert.Equal(Correction.ToNumbers(), read.Correction!.ToNumbers());
        Assert.Equal((1f, -0.25f, 0f), (read.CorrectionWeight(7), MathF.Round(read.CorrectionWeight(9), 2), read.CorrectionWeight(8)));
        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)));
        Assert.Equal((2, 0f), (BinaryPrimitives.ReadInt32LittleEndian(Bytes(Shipped).AsSpan(4)), Shipped.CorrectionWeight(7)));
    }

    [Fact]
    public void What_is_damaged_or_of_a_later_version_is_refused()
    {
        var bytes = Bytes(Shipped.With(Correction with { Bias = float.NaN }, new float[PromptHasher.Buckets]));
        Assert.Contains("correction holds NaN", Refused(bytes), StringComparison.Ordinal);
        bytes = Bytes(Shipped.With(Correction with { LargeBad = [.. Enumerable.Repeat(2f, RoutingModel.Tasks)] }, new float[PromptHasher.Buckets]));
        Assert.Contains("beyond 0 to 1", Refused(bytes), StringComparison.Ordinal);

        bytes = Bytes(Shipped);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), int.MaxValue);
        Assert.Contains("its card is said to have 2147483647 bytes", Refused(bytes), StringComparison.Ordinal);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), 4);
        Assert.Contains("has format 4, this version reads 2 and 3", Refused(bytes), StringComparison.Ordinal);
        Assert.Contains("damaged", Refused(Bytes(Shipped)[..100_000]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_moves_the_gain_of_prompts_that_have_it_and_of_no_others()
    {
        var scratch = new PredictionScratch();
        scratch.Read(new ClassifierInput(null, "demurrage", 1), new CueTaskClassifier());
        var words = new float[PromptHasher.Buckets];
        words[scratch.Body[0]] = 1;
        var unit = Correction with { Bias = 0, Slope = 1, Tasks = new float[RoutingModel.Tasks], LargeBad = new float[RoutingModel.Tasks] };
        var (without, with) = (Shipped.With(unit, new float[PromptHasher.Buckets]), Shipped.With(unit, words));

        Assert.True(Gain(with, "What is a demurrage?") > Gain(without, "What is a demurrage?") + 0.001f);
        Assert.Equal(Gain(without, "What is a harbour?"), Gain(with, "What is a harbour?"));
        // A slope of 1 and nothing else: the gain as it was, within the bounds of log-odds.
        Assert.Equal(Math.Clamp(Gain(Shipped, "What is a harbour?"), 0.01f, 0.99f), Gain(without, "What is a harbour?"), 4);
    }

    private static float Gain(RoutingModel model, string prompt) => new GainPredictor(model).Predict(new ClassifierInput(null, prompt, 1), TaskKind.Unknown);

    private static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => RoutingModel.Read(new MemoryStream(bytes))).Message;

    private static byte[] Bytes(RoutingModel model)
    {
        using var stream = new MemoryStream();
        model.Write(stream);
        return stream.ToArray();
    }
}

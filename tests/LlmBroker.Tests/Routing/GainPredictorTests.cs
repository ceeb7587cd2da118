using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class GainPredictorTests
{
    private static readonly RoutingModel Model = RoutingModel.LoadEmbedded();

    private const string Problem =
        "A baker sells 24 rolls in the first hour, twice as many in the second and half of that in the third. Each roll costs $0.75 and a quarter of the "
        + "takings goes to rent. How much is left after three hours?";

    [Fact]
    public void A_problem_to_calculate_gains_more_than_small_talk()
    {
        var small = Gain("What shall I cook for my friends tonight? Any ideas?");

        Assert.InRange(Gain(Problem), small + 0.1f, 1);
        Assert.InRange(Gain("小明有 120 元，买书用去四分之一，又用剩下的三分之一买笔，还剩多少元？"), small + 0.1f, 1);
    }

    [Fact]
    public void What_the_producer_says_of_the_task_counts_over_what_the_model_thinks()
    {
        const string Prompt = "Norden AG, Ms. Ortega, the third of May.";
        var (code, chat) = (Gain(Prompt, TaskKind.Code), Gain(Prompt, TaskKind.ChatBrainstorm));

        Assert.InRange(code, chat + 0.05f, 1);
        Assert.Equal(Gain(Prompt), Gain(Prompt, new TrainedTaskClassifier(Model).Classify(new ClassifierInput(null, Prompt, 1)).Task));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData("\ud800")]
    [InlineData("A.\nB.\nC.")]
    [InlineData("1,2,3,")]
    public void Odd_prompts_do_no_harm(string prompt) => Assert.InRange(Gain(prompt), 0, 1);

    [Fact]
    public void The_part_of_the_reference_prompts_that_lies_above_a_threshold_is_the_one_that_was_asked_for()
    {
        var predictor = new GainPredictor(Model);
        var gains = OwnTexts.Prompts().Take(1500).Select(example => predictor.Predict(new ClassifierInput(null, example.Prompt, 1), TaskKind.Unknown)).ToArray();

        foreach (var share in new[] { 0.1, 0.3, 0.5 })
            Assert.InRange((double)gains.Count(gain => gain >= Model.Gain.ThresholdFor(share)) / gains.Length, share - 0.08, share + 0.08);
        Assert.True(Model.Gain.ThresholdFor(0) >= Model.Gain.ThresholdFor(0.5));
        Assert.True(Model.Gain.ThresholdFor(0.5) >= Model.Gain.ThresholdFor(1));
    }

    [Fact]
    public void Task_and_gain_together_allocate_nothing_and_the_prompts_order_changes_neither()
    {
        var (classifier, predictor) = (new TrainedTaskClassifier(Model), new GainPredictor(Model));
        ClassifierInput[] inputs = [new(null, Problem, 1), new("You are a poet.", Problem, 1), new(null, Problem, 2), new(null, "Write a poem about rain.", 1)];
        (TaskPrediction, float) Both(ClassifierInput input) => (classifier.Classify(input), predictor.Predict(input, TaskKind.Unknown));
        var alone = inputs.Select(input => (Both(new ClassifierInput(input.System, new string(input.Prompt), input.Turns)))).ToArray();
        for (var i = 0; i < inputs.Length; i++)
            Assert.Equal(alone[i], Both(inputs[i]));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Both(inputs[i % inputs.Length]);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_form_of_a_question_with_options_is_read()
    {
        var values = new float[GainShape.Count];

        GainShape.Read("Which number is NOT prime?\nA. 7\nB. 9\nC. 11\nD. 1,013\nAnswer:", values);

        Assert.Equal(1, values[GainShape.HasOptions]);
        Assert.Equal(1, values[3]);
        Assert.Equal(0, values[GainShape.Numbers]);
        Assert.Equal(MathF.Log(2), values[16]);
        Assert.Equal(1, values[25]);
    }

    [Fact]
    public void The_form_of_a_problem_is_read()
    {
        var values = new float[GainShape.Count];

        GainShape.Read("He paid $1,250.50 for 3 shelves. How much is one?", values);

        Assert.Equal(0, values[GainShape.HasOptions]);
        Assert.Equal(GainShape.TwoNumbers, values[GainShape.Numbers]);
        Assert.Equal(4 / 3f, values[10]);
        Assert.Equal(0.5f, values[11]);
        Assert.Equal(MathF.Log(2), values[GainShape.Sentences]);
        Assert.Equal(MathF.Log(2), values[15]);
        Assert.Equal(GainShape.Count, GainShape.Names.Length);
    }

    private static float Gain(string prompt, TaskKind task = TaskKind.Unknown) =>
        new GainPredictor(Model).Predict(new ClassifierInput(null, prompt, 1), task);
}

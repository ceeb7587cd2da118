using LlmBroker.Configuration;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Tests.Configuration;
using LlmBroker.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class RoutingModelTests : IDisposable
{
    private static readonly RoutingModelCard Card = new() { Version = "of the test", Seed = 1, Sources = [] };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-routing-model-");

    private string FilePath => Path.Combine(folder.FullName, "routing.model");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("Translate into French: the meeting is at noon.", TaskKind.Translation)]
    [InlineData("把下面这段话翻译成英文：会议改到下午三点。", TaskKind.Translation)]
    [InlineData("Fasse den folgenden Text in zwei Sätzen zusammen: Der Stadtrat tagte am Dienstag und vertagte den Beschluss.", TaskKind.Summarization)]
    [InlineData("Review: the soup was cold and the waiter rude.\nIs this review positive or negative?", TaskKind.Classification)]
    [InlineData("def is_prime(n):\n    \"\"\"Return True when n is a prime number.\"\"\"", TaskKind.Code)]
    [InlineData("小明有 12 个苹果，给了小红 5 个，又买了 8 个，现在有几个？", TaskKind.MathReasoning)]
    [InlineData("Why is the sky blue?", TaskKind.Qa)]
    [InlineData("Напиши короткий рассказ о смотрителе маяка.", TaskKind.Writing)]
    [InlineData("What are some ideas for a birthday party on a small budget?", TaskKind.ChatBrainstorm)]
    [InlineData("Make this more formal: hey, can u send me the file asap", TaskKind.Rewriting)]
    [InlineData("List every person and company that is named in this text: Ms. Ortega left Brightline for Norden AG in May.", TaskKind.Extraction)]
    public void What_comes_with_this_version_knows_plain_requests(string prompt, TaskKind task) =>
        Assert.Equal(task, new TrainedTaskClassifier(RoutingModel.LoadEmbedded()).Classify(new ClassifierInput(null, prompt, 1)).Task);

    [Fact]
    public void Its_card_names_its_sources_and_its_scores_on_sources_that_it_had_not_seen()
    {
        var card = RoutingModel.LoadEmbedded().Card;

        Assert.Contains(card.Sources, source => source.Name == "zh" && source.Licence.StartsWith("Apache-2.0", StringComparison.Ordinal));
        Assert.Contains(card.Scores, score => score.On.EndsWith("left out", StringComparison.Ordinal));
        Assert.All(card.Scores, score => Assert.InRange(score.Accuracy, 0.6, 0.95));
    }

    [Fact]
    public void A_prediction_allocates_nothing()
    {
        var classifier = new TrainedTaskClassifier(RoutingModel.LoadEmbedded());
        var input = new ClassifierInput("You are a helpful assistant.", string.Concat(Enumerable.Repeat("The committee met on Tuesday and heard two reports. 委员会听取了报告。", 40)), 2);
        classifier.Classify(input);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            classifier.Classify(input);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData("\ud800")]
    [InlineData("?")]
    public void Odd_prompts_do_no_harm(string prompt) =>
        Assert.InRange(new TrainedTaskClassifier(RoutingModel.LoadEmbedded()).Classify(new ClassifierInput(null, prompt, 1)).Confidence, 0, 1);

    [Fact]
    public void The_same_rows_and_seed_give_the_same_file_and_it_is_read_as_it_was_written()
    {
        TrainingRow[] rows = [.. OwnTexts.Prompts().Take(200).Select(example => TrainingRow.Of(example, 1))];
        byte[] Bytes(RoutingModel model)
        {
            using var stream = new MemoryStream();
            model.Write(stream);
            return stream.ToArray();
        }

        var first = Bytes(SoftmaxTrainer.Train(rows, 7, Card));

        Assert.Equal(first, Bytes(SoftmaxTrainer.Train(rows, 7, Card)));
        Assert.NotEqual(first, Bytes(SoftmaxTrainer.Train(rows, 8, Card)));
        Assert.Equal(first, Bytes(RoutingModel.Read(new MemoryStream(first))));
    }

    [Fact]
    public void What_is_no_model_is_refused_at_the_start_with_its_name()
    {
        File.WriteAllText(FilePath, "nonsense, and long enough for a head");

        var fault = Assert.Single(Given.FaultsWith($$"""{ "routing": { "modelFile": {{System.Text.Json.JsonSerializer.Serialize(FilePath)}} } }"""));

        Assert.Equal("routing.modelFile", fault.Path);
        Assert.Contains("no routing model", fault.Text, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<InvalidDataException>(() => RoutingModelFile.Load(FilePath + ".gone")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_file_is_taken_while_the_process_runs_and_a_faulty_one_is_not()
    {
        var embedded = RoutingModel.LoadEmbedded();
        RoutingModelFile.Save(embedded.With(Card, 1), FilePath);
        var time = new FakeTimeProvider();
        using var follower = new RoutingModelFollower(
            new LiveConfiguration(new BrokerOptions { Routing = new RoutingOptions { ModelFile = FilePath } }), time, NullLogger<RoutingModelFollower>.Instance);
        Assert.Equal("of the test", follower.Current.Card.Version);
        await follower.StartAsync(TestContext.Current.CancellationToken);

        RoutingModelFile.Save(embedded.With(Card with { Version = "newer" }, 1), FilePath);
        File.SetLastWriteTimeUtc(FilePath, DateTime.UnixEpoch.AddDays(1));
        await PassAsync(time, () => follower.Current.Card.Version == "newer");
        await File.WriteAllTextAsync(FilePath, "nonsense, and long enough for a head", TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("newer", follower.Current.Card.Version);
        await follower.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task PassAsync(FakeTimeProvider time, Func<bool> condition)
    {
        while (!condition())
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}

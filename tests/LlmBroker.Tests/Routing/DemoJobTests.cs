using System.Reflection;
using System.Text.Json;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>The job that <c>llmbroker demo</c> runs: written by us, so it guards against regressions and measures nothing.</summary>
public sealed class DemoJobTests(ITestOutputHelper output)
{
    private static readonly Request[] Job = [.. Read()];

    [Fact]
    public void Every_task_is_in_the_job_in_English_and_Chinese()
    {
        Assert.True(Job.Length >= 220, $"{Job.Length} requests");
        foreach (var task in Enum.GetValues<TaskKind>().Where(task => task != TaskKind.Unknown))
        {
            Assert.Contains(Job, request => request.Task == task.ToWire() && request.Lang == "en");
            Assert.Contains(Job, request => request.Task == task.ToWire() && request.Lang == "zh");
        }
    }

    [Fact]
    public void Every_request_is_there_once()
    {
        Assert.Equal(Job.Length, Job.Select(request => request.Id).Distinct().Count());
        Assert.Equal(Job.Length, Job.Select(request => (request.Input.System, request.Input.Prompt)).Distinct().Count());
    }

    [Fact]
    public void Regression_guard_the_classifier_gets_at_least_85_percent_of_our_own_demo_job_right()
    {
        var classifier = new TrainedTaskClassifier(RoutingModel.LoadEmbedded());
        var wrong = Job
            .Select(request => (Request: request, Prediction: classifier.Classify(request.Input)))
            .Where(row => row.Prediction.Task.ToWire() != row.Request.Task)
            .ToArray();

        foreach (var (request, prediction) in wrong)
            output.WriteLine($"{request.Id}: {prediction.Task.ToWire()} ({prediction.Reason})");
        Assert.InRange(1 - ((double)wrong.Length / Job.Length), 0.85, 1);
    }

    private static IEnumerable<Request> Read()
    {
        using var stream = Assembly.Load("LlmBroker.Cli").GetManifestResourceStream("demo-job.jsonl")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var id = json.RootElement.GetProperty("custom_id").GetString()!;
            var messages = json.RootElement.GetProperty("messages").EnumerateArray()
                .ToLookup(message => message.GetProperty("role").GetString(), message => message.GetProperty("content").GetString()!);
            var name = id.Split('-');
            var input = new ClassifierInput(messages["system"].FirstOrDefault(), messages["user"].Last(), messages["user"].Count());
            yield return new Request(id, name[0], name[1], input);
        }
    }

    private sealed record Request(string Id, string Task, string Lang, ClassifierInput Input);
}

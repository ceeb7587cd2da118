using System.Text.Json;
using LlmBroker.Cascade;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Prediction;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using LlmBroker.Tests.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmBroker.Tests.Cascade;

/// <summary>Simulated answers to real prompts pass the validators as they are, and do not when a fault spoils them: so that a demo shows what it should.</summary>
public sealed class SimulatedAnswerTests(ITestOutputHelper output)
{
    private const int Prompts = 400;

    private static readonly TrainedTaskClassifier Classifier = new(RoutingModel.LoadEmbedded());

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mixed.jsonl")]
    [InlineData("translate.jsonl")]
    public async Task Few_answers_are_rejected_that_nothing_is_wrong_with(string job)
    {
        var (rejected, answers) = await RejectAsync(job);

        // The simulator writes eleven languages, and breaks off where a small answer's echo does.
        Assert.True(rejected.Count <= answers * 0.05, $"{rejected.Count} of {answers} are rejected");
    }

    [Theory]
    [InlineData("mixed.jsonl", FaultKind.CutShort)]
    [InlineData("mixed.jsonl", FaultKind.Declined)]
    [InlineData("mixed.jsonl", FaultKind.WrongLanguage)]
    [InlineData("translate.jsonl", FaultKind.WrongLanguage)]
    public async Task Most_answers_are_rejected_that_a_fault_has_spoilt(string job, FaultKind fault)
    {
        var (rejected, answers) = await RejectAsync(job, new SimulatedFault { Kind = fault });

        Assert.True(rejected.Count >= answers * 0.6, $"{rejected.Count} of {answers} are rejected");
    }

    private async Task<(List<string> Rejected, int Answers)> RejectAsync(string job, params SimulatedFault[] faults)
    {
        await using var services = new ServiceCollection().AddCompletionValidators().BuildServiceProvider();
        var languages = services.GetRequiredService<LanguageDetector>();
        await languages.PrepareAsync();
        var validators = services.GetRequiredService<CompletionValidators>();
        var model = RunningSim.Gpt with { ContextWindow = 128_000, MaxOutputTokens = 4_000, Faults = faults, Tokens = new() { OutputPerInputToken = 0.8, MinOutput = 24, MaxOutput = 600 } };
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [model] });

        var rejected = new List<string>();
        var answers = 0;
        await foreach (var messages in ReadAsync(job))
        {
            var request = JsonSerializer.SerializeToElement(new { model = "gpt", messages });
            var prompt = Prompt.Read(request, RequestOperation.Chat).Classifier;
            var task = Classifier.Classify(prompt).Task;
            if (task == TaskKind.Unknown)
                continue;
            var (_, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, request.GetRawText());
            var pair = task == TaskKind.Translation ? TranslationPair.Read(prompt, languages) : default;
            var completion = CompletionReader.Read(RunOf(request, task, pair), answer).Single();
            answers++;
            foreach (var name in CascadeValidatorNames.All)
            {
                if (validators.Find(name)!.Reject(completion) is not { } reason)
                    continue;
                rejected.Add($"{task} {name}: {reason}");
                break;
            }
        }

        foreach (var group in rejected.GroupBy(reason => reason).OrderByDescending(group => group.Count()).Take(40))
            output.WriteLine($"{group.Count()} × {group.Key}");
        return (rejected, answers);
    }

    private static async IAsyncEnumerable<JsonElement> ReadAsync(string job)
    {
        var count = 0;
        await foreach (var line in File.ReadLinesAsync(SharedFiles.PathOf("data", "jobs", job), CancellationToken))
        {
            if (count++ == Prompts)
                yield break;
            yield return JsonElement.Parse(line).GetProperty("messages");
        }
    }

    private static RunInference RunOf(JsonElement request, TaskKind task, TranslationPair pair) => new()
    {
        Tenant = "default",
        RequestId = "r1",
        Run = 1,
        Lane = "standard",
        Operation = "chat",
        Route = new Route { Deployment = "d", Model = "m", Tier = "cheap", Task = task.ToWire(), SourceLanguage = pair.Source, TargetLanguage = pair.Target, Reason = "" },
        AcceptedAt = DateTimeOffset.UnixEpoch,
        Deadline = DateTimeOffset.UnixEpoch.AddHours(1),
        Body = request,
    };
}

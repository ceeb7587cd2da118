using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Prediction;
using Spectre.Console;

namespace LlmBroker.Benchmarks;

/// <summary>
/// What a decision takes of a router's time, from the parsed request to the record for the ledger, by what a policy looks at. The task is the
/// producer's, so that the classifier is left out, which <c>classify</c> measures.
/// </summary>
internal static class RouteBenchmark
{
    private const int WarmUp = 2000;

    private static readonly (string Name, string Text)[] Texts =
    [
        ("en-zh", "Translate into Chinese: The meeting has been moved to Thursday, and everybody is asked to bring the figures of the last quarter."),
        ("zh-en", "把下面这句话翻译成英文：会议改到星期四举行，请大家把上个季度的数据带来。"),
        // Neither its script nor its commonest words tell the language: Lingua must.
        ("sv-en", "Translate into English: Mötet har flyttats till torsdag och alla ombeds ta med siffrorna från det senaste kvartalet."),
    ];

    private static readonly (string Name, PolicyOptions Policy)[] Policies =
    [
        ("fixed", new PolicyOptions { Model = "big" }),
        ("cheapTasks", new PolicyOptions { Cheap = "small", Large = "big" }),
        ("auto", new PolicyOptions { Cheap = "small", Large = "big", Auto = new() { LargeShare = 0.3 } }),
        ("auto maxAverageUsd", new PolicyOptions { Cheap = "small", Large = "big", Auto = new() { MaxAverageUsd = 0.001m } }),
        ("rule by language", new PolicyOptions { Cheap = "small", Large = "big", Rules = [new() { From = ["ja"], Tier = "large" }] }),
        ("cascade, expert, lot", new PolicyOptions
        {
            Cheap = "small",
            Large = "big",
            Experts = new() { ["translation"] = new() { Pairs = new() { ["zh-en"] = "small" } } },
            Cascade = new() { SkipAboveGain = 0.9 },
            HoldOut = 0.1,
        }),
    ];

    public static async Task<int> RunAsync(BenchmarkArguments arguments)
    {
        var decisions = arguments.Number("--decisions", 20_000);
        var languages = new LanguageDetector();
        var start = Stopwatch.GetTimestamp();
        await languages.PrepareAsync();
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, .NET {Environment.Version}; language models loaded in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; {decisions:N0} decisions each"));
        var rows = Policies.SelectMany(policy => Texts.Select(text => Measure(policy.Name, policy.Policy, text.Name, text.Text, languages, decisions))).ToArray();
        foreach (var row in rows)
            AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Policy,-22} {row.Text}  p50 {row.P50:0.0} µs  p99 {row.P99:0.0} µs  {row.Allocated:0} B"));
        if (arguments.Has("--json"))
            Console.Out.WriteLine(JsonSerializer.Serialize(rows.Select(row => new { policy = row.Policy, text = row.Text, p50_us = Math.Round(row.P50, 1), p99_us = Math.Round(row.P99, 1), allocated_bytes = Math.Round(row.Allocated) })));
        return 0;
    }

    private static Row Measure(string name, PolicyOptions policy, string textName, string text, LanguageDetector languages, int decisions)
    {
        var resolver = Resolver(policy, languages);
        var message = new SubmitInference
        {
            RequestId = "r",
            Task = "translation",
            Body = JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = text } } }),
        };
        var prompt = Prompt.Read(message.Body, RequestOperation.Chat);
        var ids = Enumerable.Range(0, decisions).Select(number => $"r{number}").ToArray();
        for (var i = 0; i < Math.Min(WarmUp, decisions); i++)
            resolver.Resolve(message, prompt, ids[i], Lane.Standard).Decision?.ToJson();

        var times = new double[decisions];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < decisions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            resolver.Resolve(message, prompt, ids[i], Lane.Standard).Decision?.ToJson();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        return new Row(name, textName, times[decisions / 2], times[decisions * 99 / 100], (double)allocated / decisions);
    }

    private static RouteResolver Resolver(PolicyOptions policy, LanguageDetector languages)
    {
        var time = TimeProvider.System;
        var options = new BrokerOptions
        {
            Models = new()
            {
                ["small"] = new() { Tier = "cheap", Price = new() { Input = 0.1m, Output = 0.4m } },
                ["big"] = new() { Tier = "large", Price = new() { Input = 2, Output = 8 } },
            },
            Providers = new() { ["p"] = new() { Type = "openai" } },
            Deployments = new()
            {
                ["small-1"] = new() { Provider = "p", Model = "small" },
                ["small-2"] = new() { Provider = "p", Model = "small" },
                ["big-1"] = new() { Provider = "p", Model = "big" },
                ["big-2"] = new() { Provider = "p", Model = "big" },
            },
            Policies = new() { ["p"] = policy },
            Routing = new() { DefaultPolicy = "p" },
        };
        return new RouteResolver(
            new LiveConfiguration(options),
            new CueTaskClassifier(),
            new PolicyDecider(new GainPredictor(RoutingModel.LoadEmbedded())),
            languages,
            new FleetView(new WorkerIdentity(), time),
            new DeploymentHolds(time),
            time);
    }

    private readonly record struct Row(string Policy, string Text, double P50, double P99, double Allocated);
}

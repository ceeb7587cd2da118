using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using Spectre.Console;
using Route = LlmBroker.Contracts.Route;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route explain</c>: what a router would make of a prompt.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> Text = new("text") { Description = "The prompt; - reads it from standard input." };
    private static readonly Option<string?> System = new("--system") { Description = "The system message before it." };
    private static readonly Option<string?> Policy = new("--policy") { Description = "Default: as configured." };
    private static readonly Option<string?> Model = new("--model") { Description = "The model by name." };

    private static readonly Option<string> LaneName = new("--lane")
    {
        Description = "interactive, standard or bulk.",
        DefaultValueFactory = _ => Lane.Standard,
    };

    public static Command Create()
    {
        LaneName.AcceptOnlyFromAmong([.. Lane.All]);
        var command = new Command("explain", "What a router would make of a prompt, and why. Sends nothing.") { Text, System, Policy, Model, LaneName, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.None);
        var text = arguments.GetRequiredValue(Text) is var given && given == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : given;
        var message = MessageOf(text, arguments);
        var prompt = Prompt.Read(message.Body, RequestOperation.Chat);
        var model = RoutingModelFile.Load(configuration.Options.Routing.ModelFile);
        var classifier = new TrainedTaskClassifier(model);
        var probabilities = new float[RoutingModel.Tasks];
        var cue = classifier.Predict(model, prompt.Classifier, probabilities);
        var prediction = classifier.Classify(prompt.Classifier);
        // Without a configuration there is still the classifier to be asked.
        var (route, refusal) = configuration.Options.Deployments.Count == 0
            ? (null, null)
            : Resolver(configuration, classifier).Resolve(message, prompt, "explain", arguments.GetRequiredValue(LaneName));

        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(new
            {
                task = prediction.Task.ToWire(),
                confidence = Math.Round(prediction.Confidence, 4),
                prediction.Reason,
                cue = cue.Reason,
                promptTokens = prompt.Tokens,
                probabilities = Ranked(probabilities).ToDictionary(task => task.Task.ToWire(), task => Math.Round(task.Probability, 4)),
                routingModel = model.Card.Version,
                route,
                refusal = refusal?.Message,
            });
        }
        else
        {
            Print(prediction, cue, prompt, probabilities, model.Card.Version, route, refusal);
        }

        return refusal is null ? ExitCode.Success : ExitCode.Failed;
    }

    private static SubmitInference MessageOf(string text, ParseResult arguments)
    {
        var messages = new List<object>();
        if (arguments.GetValue(System) is { } system)
            messages.Add(new { role = "system", content = system });
        messages.Add(new { role = "user", content = text });
        return new SubmitInference
        {
            RequestId = "explain",
            Policy = arguments.GetValue(Policy),
            Model = arguments.GetValue(Model),
            Body = JsonSerializer.SerializeToElement(new { messages }),
        };
    }

    /// <summary>As a router that has just started has it: no deployment is held, and none is busy.</summary>
    private static RouteResolver Resolver(BrokerConfiguration configuration, ITaskClassifier classifier)
    {
        var time = TimeProvider.System;
        return new RouteResolver(
            new LiveConfiguration(configuration.Options), classifier, new FleetView(new WorkerIdentity(), time), new DeploymentHolds(time), time);
    }

    private static void Print(
        TaskPrediction prediction, TaskPrediction cue, Prompt prompt, float[] probabilities, string version, Route? route, Refusal? refusal)
    {
        var tasks = string.Join(", ", Ranked(probabilities).Take(3).Select(task => string.Create(CultureInfo.InvariantCulture, $"{task.Task.ToWire()} {task.Probability:0.00}")));
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        table.AddRow("task", string.Create(CultureInfo.InvariantCulture, $"{prediction.Task.ToWire()}, {prediction.Confidence:0.00} sure"));
        table.AddRow("probabilities", tasks);
        table.AddRow("cues", Markup.Escape($"{cue.Task.ToWire()}: {cue.Reason}"));
        table.AddRow("prompt", $"at most {prompt.Tokens} tokens");
        table.AddRow("routing model", version);
        if (route is not null)
        {
            table.AddRow("route", Markup.Escape($"{route.Deployment} ({route.Model}, {route.Tier})"));
            table.AddRow("fallbacks", Markup.Escape(route.Fallbacks.Count == 0 ? "none" : string.Join(", ", route.Fallbacks)));
            table.AddRow("why", Markup.Escape(route.Reason));
        }
        else
        {
            table.AddRow("route", refusal is null ? "nothing is configured; give --config" : Markup.Escape($"refused, {refusal.Reason}: {refusal.Message}"));
        }

        AnsiConsole.Write(table);
    }

    private static IEnumerable<(TaskKind Task, float Probability)> Ranked(float[] probabilities) => probabilities
        .Select((probability, index) => ((TaskKind)(index + 1), probability))
        .OrderByDescending(task => task.probability);
}

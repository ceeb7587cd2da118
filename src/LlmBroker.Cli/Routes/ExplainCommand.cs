using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Prediction;
using Spectre.Console;
using Route = LlmBroker.Contracts.Route;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route explain</c>: what a router would make of a prompt.</summary>
internal static class ExplainCommand
{
    private const int MostReasons = 6;

    private static readonly Argument<string?> Text = new("text")
    {
        Description = "The prompt; - reads it from standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<FileInfo?> BodyFile = new("--body") { Description = "A file with a whole chat request in place of the prompt, as it would be published." };
    private static readonly Option<string?> Recorded = new("--request") { Description = "TENANT/ID of a request that was published: what was decided then, from the ledger." };
    private static readonly Option<string?> System = new("--system") { Description = "The system message before it." };
    private static readonly Option<string?> Policy = new("--policy") { Description = "Default: as configured." };
    private static readonly Option<string?> Model = new("--model") { Description = "The model by name." };

    private static readonly Option<string?> Tenant = new("--tenant") { Description = "Who publishes it. Default: nobody in particular." };
    private static readonly Option<string?> Task = new("--task") { Description = "The producer's word for the kind of work. Default: the classifier's." };
    private static readonly Option<string[]> Metadata = new("--metadata") { Description = "A member of the metadata, as name=text; repeatable." };

    private static readonly Option<string> LaneName = new("--lane")
    {
        Description = "interactive, standard or bulk.",
        DefaultValueFactory = _ => Lane.Standard,
    };

    public static Command Create()
    {
        LaneName.AcceptOnlyFromAmong([.. Lane.All]);
        var command = new Command("explain", "What a router would make of a prompt, and why. Sends nothing.")
        {
            Text, BodyFile, Recorded, System, Policy, Model, LaneName, Tenant, Task, Metadata, SharedOptions.Json,
        };
        Task.AcceptOnlyFromAmong([.. CatalogTasks]);
        Metadata.Validators.Add(static result =>
        {
            if (result.Tokens.FirstOrDefault(token => !token.Value.Contains('=')) is { } token)
                result.AddError($"--metadata '{token.Value}' has no =; write name=text.");
        });
        command.Validators.Add(static result =>
        {
            var given = (result.GetValue(Text) is null ? 0 : 1) + (result.GetValue(BodyFile) is null ? 0 : 1) + (result.GetValue(Recorded) is null ? 0 : 1);
            if (given != 1)
                result.AddError("Give one of the prompt, --body and --request.");
            if (result.GetValue(BodyFile) is not null && result.GetValue(System) is not null)
                result.AddError("--system goes with a prompt; write it into the file of --body.");
            if (result.GetValue(Recorded) is { } name && RecordedDecisionReport.Parse(name) is null)
                result.AddError($"--request '{name}' is no TENANT/ID; write it such as default/job-7.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(Recorded) is { } name && RecordedDecisionReport.Parse(name) is var (tenant, id))
            return await RecordedDecisionReport.RunAsync(arguments, tenant, id, cancellationToken);

        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.None);
        if (await ReadBodyAsync(arguments, cancellationToken) is not { } body)
            return CommandErrors.Report($"The file '{arguments.GetValue(BodyFile)}' is no chat request; it must be a JSON object with messages.");
        var message = MessageOf(body, arguments);
        var prompt = Prompt.Read(message.Body, RequestOperation.Chat);
        var model = RoutingModelFile.Load(configuration.Options.Routing.ModelFile);
        var classifier = new TrainedTaskClassifier(model);
        var probabilities = new float[RoutingModel.Tasks];
        var cue = classifier.Predict(model, prompt.Classifier, probabilities);
        var prediction = classifier.Classify(prompt.Classifier);
        // Without a configuration there is still the classifier to be asked.
        var languages = new LanguageDetector();
        await languages.PrepareAsync();
        var resolution = configuration.Options.Deployments.Count == 0
            ? default(Resolution)
            : Resolver(configuration, classifier, languages)
                .Resolve(message, prompt, "explain", arguments.GetRequiredValue(LaneName), arguments.GetValue(Tenant));
        var (route, decision, refusal) = (resolution.Route, resolution.Decision, resolution.Refusal);
        var pair = prediction.Task == TaskKind.Translation ? TranslationPair.Read(prompt.Classifier, languages) : default;
        var gain = new GainPredictor(model).Predict(prompt.Classifier, message.Task is { } word && TaskKinds.TryParse(word, out var named) ? named : TaskKind.Unknown);
        var shareAbove = model.Gain.ShareAbove(gain);
        var reasons = GainReasons.Of(model, prompt.Classifier, MostReasons);

        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(new
            {
                task = prediction.Task.ToWire(),
                confidence = Math.Round(prediction.Confidence, 4),
                prediction.Reason,
                cue = cue.Reason,
                gain = Math.Round(gain, 4),
                gainShareAbove = Math.Round(shareAbove, 2),
                gainReasons = reasons.ToDictionary(reason => reason.What, reason => Math.Round(reason.By, 4)),
                sourceLanguage = pair.Source,
                targetLanguage = pair.Target,
                promptTokens = prompt.Tokens,
                probabilities = Ranked(probabilities).ToDictionary(task => task.Task.ToWire(), task => Math.Round(task.Probability, 4)),
                routingModel = model.Card.Version,
                route,
                decision,
                refusal = refusal?.Message,
            });
        }
        else
        {
            Print(prediction, cue, prompt, probabilities, gain, shareAbove, reasons, pair, model.Card.Version, route, decision, refusal);
        }

        return refusal is null ? ExitCode.Success : ExitCode.Failed;
    }

    /// <summary>The file's, or one that holds the prompt; null when the file holds no chat request.</summary>
    private static async Task<JsonElement?> ReadBodyAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(BodyFile) is { } file)
        {
            try
            {
                await using var stream = file.OpenRead();
                using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
                return document.RootElement is { ValueKind: JsonValueKind.Object } root
                    && root.TryGetProperty("messages", out var listed) && listed.ValueKind == JsonValueKind.Array
                    && listed.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Object) ? root.Clone() : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                // The caller says so.
                return null;
            }
        }

        var text = arguments.GetValue(Text) is var given && given == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : given;
        var messages = new List<object>();
        if (arguments.GetValue(System) is { } system)
            messages.Add(new { role = "system", content = system });
        messages.Add(new { role = "user", content = text });
        return JsonSerializer.SerializeToElement(new { messages });
    }

    private static SubmitInference MessageOf(JsonElement body, ParseResult arguments)
    {
        return new SubmitInference
        {
            RequestId = "explain",
            Policy = arguments.GetValue(Policy),
            Model = arguments.GetValue(Model),
            Task = arguments.GetValue(Task),
            Metadata = arguments.GetValue(Metadata) is { Length: > 0 } members
                ? JsonSerializer.SerializeToElement(members.Select(member => member.Split('=', 2)).ToDictionary(member => member[0], member => member[1]))
                : null,
            Body = body,
        };
    }

    /// <summary>As a router that has just started has it: no deployment is held, and none is busy.</summary>
    private static RouteResolver Resolver(BrokerConfiguration configuration, ITaskClassifier classifier, LanguageDetector languages)
    {
        var time = TimeProvider.System;
        return new RouteResolver(
            new LiveConfiguration(configuration.Options),
            classifier,
            new PolicyDecider(new GainPredictor(RoutingModelFile.Load(configuration.Options.Routing.ModelFile))),
            languages,
            new FleetView(new WorkerIdentity(), time),
            new DeploymentHolds(time),
            time);
    }

    private static void Print(
        TaskPrediction prediction,
        TaskPrediction cue,
        Prompt prompt,
        float[] probabilities,
        float gain,
        double shareAbove,
        IReadOnlyList<(string What, float By)> reasons,
        TranslationPair pair,
        string version,
        Route? route,
        Decision? decision,
        Refusal? refusal)
    {
        var tasks = string.Join(", ", Ranked(probabilities).Take(3).Select(task => string.Create(CultureInfo.InvariantCulture, $"{task.Task.ToWire()} {task.Probability:0.00}")));
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        table.AddRow("task", string.Create(CultureInfo.InvariantCulture, $"{prediction.Task.ToWire()}, {prediction.Confidence:0.00} sure"));
        table.AddRow("probabilities", tasks);
        table.AddRow("cues", Markup.Escape($"{cue.Task.ToWire()}: {cue.Reason}"));
        table.AddRow("gain", string.Create(CultureInfo.InvariantCulture, $"{gain:0.00} of the large model over the cheap one, expected; {shareAbove:0 %} of the reference prompts have as much"));
        table.AddRow("", Markup.Escape(string.Join(", ", reasons.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.What} {reason.By:+0.000;-0.000}")))));
        if (prediction.Task == TaskKind.Translation)
            table.AddRow("languages", $"{pair.Source ?? "not certain"} → {pair.Target ?? "not certain"}");
        table.AddRow("prompt", $"at most {prompt.Tokens} tokens");
        table.AddRow("routing model", version);
        if (route is not null)
        {
            DecisionRows.Add(table, route, decision);
        }
        else
        {
            table.AddRow("route", refusal is null ? "nothing is configured; give --config" : Markup.Escape($"refused, {refusal.Reason}: {refusal.Message}"));
        }

        AnsiConsole.Write(table);
    }

    private static IEnumerable<string> CatalogTasks => Enum.GetValues<TaskKind>().Where(task => task != TaskKind.Unknown).Select(task => task.ToWire());

    private static IEnumerable<(TaskKind Task, float Probability)> Ranked(float[] probabilities) => probabilities
        .Select((probability, index) => ((TaskKind)(index + 1), probability))
        .OrderByDescending(task => task.probability);
}

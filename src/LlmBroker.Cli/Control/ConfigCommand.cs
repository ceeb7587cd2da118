using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmBroker.Configuration;
using LlmBroker.Control;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Control;

/// <summary><c>llmbroker config</c>: what is in force, and changes that need no restart.</summary>
internal static class ConfigCommand
{
    private static readonly Argument<string> Path = new("path") { Description = "A member, such as deployments.openai-mini.weight or routing.defaultModel." };
    private static readonly Argument<string?> SomePath = new("path") { Description = "Only this member and those below it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Value = new("value") { Description = "JSON, or a text without quotes; null takes the file's member away." };
    private static readonly Option<int> Limit = new("--limit") { Description = "Most changes.", DefaultValueFactory = _ => 50 };

    public static Command Create()
    {
        var show = new Command("show", "Overrides and who follows them; with a path, what is in force there.") { SomePath, SharedOptions.Json };
        show.SetAction(ShowAsync);
        var set = new Command("set", "Set a member: validated as a whole, in force everywhere within a second.") { Path, Value, ConfigurationChanges.By, ConfigurationChanges.Reason, SharedOptions.Json };
        set.SetAction((arguments, cancellationToken) => ChangeAsync(arguments, Json(arguments.GetRequiredValue(Value)), cancellationToken));
        var unset = new Command("unset", "Take an override back: the file counts again.") { Path, ConfigurationChanges.By, ConfigurationChanges.Reason, SharedOptions.Json };
        unset.SetAction((arguments, cancellationToken) => ChangeAsync(arguments, value: null, cancellationToken));
        var history = new Command("history", "Who changed what, when and why; newest first.") { SomePath, Limit, SharedOptions.Json };
        history.SetAction(HistoryAsync);
        var check = new Command("check", "Validate file and overrides together. Exit code 1: there is a fault.") { SharedOptions.Json };
        check.SetAction(CheckAsync);
        return new Command("config", "The configuration at run time: the file, and overrides that win over it.") { show, set, unset, history, check };
    }

    private static Task<int> ChangeAsync(ParseResult arguments, string? value, CancellationToken cancellationToken) =>
        ConfigurationChanges.ApplyAsync(
            arguments, ConfigurationChanges.Load(arguments), [new ConfigurationEdit(arguments.GetRequiredValue(Path), value)], cancellationToken);

    private static async Task<int> ShowAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var file = ConfigurationChanges.Load(arguments);
        await using var services = LedgerServices.Open(file);
        var store = services.GetRequiredService<ConfigurationStore>();
        var known = await store.GetOverridesAsync(cancellationToken);
        if (arguments.GetValue(SomePath) is { } path)
            return ShowMember(file.With(known.Overrides).Tree, path);

        var processes = await store.GetProcessesAsync(cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { file.Source, known.Revision, overrides = known.Overrides.Select(change => ToJson(change, file)), processes });
        else
            Print(file, known, processes);
        return ExitCode.Success;
    }

    private static int ShowMember(JsonObject tree, string path)
    {
        var faults = new List<ConfigurationFinding>();
        if (OverrideOverlay.Normalize(tree, path, faults) is null)
            return CommandErrors.Report(faults[0].ToString());

        Console.Out.WriteLine(OverrideOverlay.Read(tree, path)?.ToJsonString(new JsonSerializerOptions(ConfigurationJson.Options) { WriteIndented = true })
            ?? $"{path} is not set; the default counts.");
        return ExitCode.Success;
    }

    private static void Print(BrokerConfiguration file, OverrideSet known, IReadOnlyList<ProcessConfiguration> processes)
    {
        AnsiConsole.Console.WriteLine($"File: {file.Source}. Revision {known.Revision}, {known.Overrides.Count} overrides.");
        if (known.Overrides.Count > 0)
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("member", "value", "in the file", "by", "since", "why");
            foreach (var change in known.Overrides)
            {
                table.AddRow(
                    Markup.Escape(change.Path),
                    Markup.Escape(change.Value),
                    Markup.Escape(InFile(file, change.Path) ?? ""),
                    Markup.Escape(change.ChangedBy),
                    CellText.Time(change.ChangedAt),
                    Markup.Escape(change.Reason ?? ""));
            }

            AnsiConsole.Write(table);
        }

        foreach (var process in processes)
        {
            var state = process.Refused is null ? "follows" : $"REFUSES revision {process.Refused} or its file: {string.Join("; ", process.Faults)}";
            AnsiConsole.Console.WriteLine($"{process.Host} ({process.Roles}, {process.WorkerId:N}): revision {process.Revision}, {state}");
        }
    }

    private static async Task<int> HistoryAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var changes = await services.GetRequiredService<ConfigurationStore>().GetHistoryAsync(
            arguments.GetValue(SomePath), arguments.GetValue(Limit), cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(changes);
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("revision", "when", "by", "member", "before", "after", "why");
        foreach (var change in changes)
        {
            table.AddRow(
                $"{change.Revision}",
                CellText.Time(change.ChangedAt),
                Markup.Escape(change.ChangedBy),
                Markup.Escape(change.Path),
                Markup.Escape(change.Before ?? "(default)"),
                Markup.Escape(change.After ?? "as in the file"),
                Markup.Escape(change.Reason ?? ""));
        }

        AnsiConsole.Write(table);
        return ExitCode.Success;
    }

    private static async Task<int> CheckAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConfigurationFinding> faults = [];
        try
        {
            var file = ConfigurationChanges.Load(arguments);
            await using var services = LedgerServices.Open(file);
            file.With((await services.GetRequiredService<ConfigurationStore>().GetOverridesAsync(cancellationToken)).Overrides);
        }
        catch (BrokerConfigurationException exception)
        {
            faults = exception.Faults;
        }

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { faults });
        else if (faults.Count == 0)
            AnsiConsole.WriteLine("File and overrides have no faults.");
        foreach (var fault in arguments.GetValue(SharedOptions.Json) ? [] : faults)
            AnsiConsole.Console.WriteLine(fault.ToString());
        return faults.Count == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static object ToJson(ConfigurationOverride change, BrokerConfiguration file) => new
    {
        change.Path,
        value = OverrideOverlay.TryParse(change.Value, out var value) ? value : null,
        inFile = InFile(file, change.Path) is { } before ? JsonNode.Parse(before) : null,
        change.ChangedBy,
        change.ChangedAt,
        change.Reason,
    };

    private static string? InFile(BrokerConfiguration file, string path) => OverrideOverlay.Read(file.Tree, path)?.ToJsonString(ConfigurationJson.Options);

    /// <summary>JSON as it stands; what is none is a text, so that names and durations need no second pair of quotes.</summary>
    private static string Json(string value)
    {
        try
        {
            using var document = JsonDocument.Parse(value);
            return document.RootElement.GetRawText();
        }
        catch (JsonException)
        {
            return JsonSerializer.Serialize(value, ConfigurationJson.Options);
        }
    }
}

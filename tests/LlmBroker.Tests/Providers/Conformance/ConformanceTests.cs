using System.Text;
using System.Text.Json;
using LlmBroker.Providers;
using LlmBroker.Providers.OpenAi;
using LlmBroker.Routing;
using LlmBroker.Simulation.Models;
using LlmBroker.Tests.Simulation;
using Xunit;

namespace LlmBroker.Tests.Providers.Conformance;

/// <summary>Every adapter against every feature of the contract and every kind of error; the outcome is <c>schemas/vendors.md</c>, and in short the README's table.</summary>
public sealed class ConformanceTests
{
    private const string UpdateVariable = "LLMBROKER_UPDATE_SCHEMAS";
    private const string ReadmeStart = "<!-- written by ConformanceTests -->\n";
    private const string ReadmeEnd = "<!-- to here -->\n";

    // What the stand-in can be told to do, and what must come of it. Where a vendor says the same differently, it is said here.
    private static readonly (FaultKind Fault, ProviderError? Error, string? FinishReason)[] s_faults =
    [
        (FaultKind.RateLimited, ProviderError.RateLimited, null),
        (FaultKind.QuotaExhausted, ProviderError.QuotaExhausted, null),
        (FaultKind.Overloaded, ProviderError.Overloaded, null),
        (FaultKind.Unavailable, ProviderError.Overloaded, null),
        (FaultKind.ModelNotReady, ProviderError.Overloaded, null),
        (FaultKind.ServerError, ProviderError.ServerError, null),
        (FaultKind.ModelError, ProviderError.ServerError, null),
        (FaultKind.ModelTimeout, ProviderError.Timeout, null),
        (FaultKind.Reset, ProviderError.ConnectionLost, null),
        (FaultKind.ResetAfterHeaders, ProviderError.ConnectionLost, null),
        (FaultKind.CutBody, ProviderError.ConnectionLost, null),
        (FaultKind.MalformedJson, ProviderError.MalformedAnswer, null),
        (FaultKind.ContextTooLong, ProviderError.ContextTooLong, null),
        (FaultKind.ContentFilter, ProviderError.ContentFiltered, null),
        (FaultKind.ContentFilterFinish, null, "content_filter"),
        (FaultKind.Recitation, null, "content_filter"),
        (FaultKind.Refusal, null, "stop"),
        (FaultKind.KeyRefused, ProviderError.KeyRefused, null),
        (FaultKind.AccessDenied, ProviderError.KeyRefused, null),
    ];

    [Fact]
    public async Task Every_adapter_does_what_it_declares_and_names_what_it_cannot()
    {
        var failures = new List<string>();
        var reasons = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var features = await FeatureRowsAsync(failures, reasons);
        var errors = await ErrorRowsAsync(failures);

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        AssertCommitted(Document(features, reasons, errors), "schemas", "vendors.md");
        AssertCommitted(WithTables(File.ReadAllText(Repository.PathOf("README.md")).ReplaceLineEndings("\n"), features, errors), "README.md");
    }

    [Fact]
    public async Task Usage_quota_and_ids_are_those_of_the_vendors_log()
    {
        foreach (var adapter in Adapter.All)
        {
            await using var sim = await RunningSim.StartAsync(new() { Models = [.. adapter.Models] });
            var result = await CallAsync(adapter, sim, adapter.Call(Feature.All[0].BodyFor(adapter)));

            var logged = Assert.Single(sim.Sim.Calls);
            Assert.True(result.Error is null, $"{adapter.Name}: {result.ErrorMessage}");
            Assert.True(logged.AttemptId == ProviderCalls.AttemptId.ToString(), adapter.Name);
            if (adapter.OnlyAsks is not null)
            {
                Assert.Null(result.Usage);
                continue;
            }

            Assert.True(logged.InputTokens == result.Usage!.InputTokens + result.Usage.CacheReadTokens + result.Usage.CacheWriteTokens, adapter.Name);
            Assert.True(logged.CachedTokens == result.Usage.CacheReadTokens, adapter.Name);
            Assert.True(logged.OutputTokens == result.Usage.OutputTokens, adapter.Name);
            Assert.False(string.IsNullOrEmpty(result.VendorRequestId), adapter.Name);
            if (adapter.Model.Vendor is Vendor.OpenAi or Vendor.Azure or Vendor.Anthropic)
                Assert.True(result.Quota?.RequestsRemaining == 999, $"{adapter.Name}: {result.Quota}");
        }
    }

    [Fact]
    public async Task A_wrong_key_is_for_an_operator_and_never_shown()
    {
        foreach (var adapter in Adapter.All)
        {
            await using var sim = await RunningSim.StartAsync(new() { Models = [.. adapter.Models] });
            var provider = adapter.Create(sim.Sim.Address, "wrong-0123456789abcdefghijklmnop");
            using var owned = (IDisposable)provider;

            var result = await provider.CallAsync(adapter.Call(Feature.All[0].BodyFor(adapter)), TestContext.Current.CancellationToken);

            Assert.True(result.Error == ProviderError.KeyRefused, $"{adapter.Name}: {result.Error} {result.ErrorMessage}");
            Assert.DoesNotContain("0123456789abcdefghijklmnop", result.ErrorMessage, StringComparison.Ordinal);
        }
    }

    private static async Task<List<string[]>> FeatureRowsAsync(List<string> failures, SortedDictionary<string, SortedSet<string>> reasons)
    {
        var rows = new List<string[]>();
        foreach (var feature in Feature.All)
        {
            var row = new List<string> { feature.Name };
            foreach (var adapter in Adapter.All)
                row.Add(await TryAsync(adapter, feature, failures, reasons));
            rows.Add([.. row]);
        }

        return rows;
    }

    private static async Task<string> TryAsync(
        Adapter adapter, Feature feature, List<string> failures, SortedDictionary<string, SortedSet<string>> reasons)
    {
        var body = feature.BodyFor(adapter);
        var needs = RequestNeeds.Of(JsonElement.Parse(body), feature.Operation);
        if ((needs & feature.Needs) != feature.Needs)
            failures.Add($"{feature.Name}: the router reads {CapabilityNames.Of(needs)} of it");

        var missing = needs & ~adapter.Capabilities;
        if (missing != ModelCapabilities.None && adapter.PassesOn)
            return Because("router", $"cannot: {CapabilityNames.Of(missing)}");
        if (feature.Operation == "embeddings" && adapter.Embeddings is null && missing == ModelCapabilities.None)
            return "as OpenAI";

        var model = feature.Needs.HasFlag(ModelCapabilities.ReasoningEffort) ? adapter.Thinking : adapter.Model;
        await using var sim = await RunningSim.StartAsync(new() { Models = [model, .. adapter.Models.Skip(1)] });
        var call = adapter.Call(body, feature.Operation == "embeddings" && adapter.Embeddings is null ? "chat" : feature.Operation) with { Operation = feature.Operation };
        var result = await CallAsync(adapter, sim, call);
        if (missing != ModelCapabilities.None || (adapter.OnlyAsks is not null && result.Error == ProviderError.Unsupported))
        {
            if (result.Error != ProviderError.Unsupported || string.IsNullOrEmpty(result.ErrorMessage) || sim.Sim.Calls.Count > 0)
                failures.Add($"{adapter.Name}, {feature.Name}: lacks {CapabilityNames.Of(missing)} but gave {result.Error} {result.ErrorMessage}");
            return Because("no", result.ErrorMessage!);
        }

        if (result.Error is not null || !feature.Holds(result))
            failures.Add($"{adapter.Name}, {feature.Name}: {result.Error} {result.ErrorMessage} {result.FinishReason} {(result.Error is null ? result.Body.GetRawText() : "")}");
        return "yes";

        string Because(string cell, string reason)
        {
            if (!reasons.TryGetValue($"{feature.Name}: {reason.TrimEnd('.')}", out var who))
                reasons.Add($"{feature.Name}: {reason.TrimEnd('.')}", who = new(StringComparer.Ordinal));
            who.Add(adapter.Name);
            return cell;
        }
    }

    private static async Task<List<string[]>> ErrorRowsAsync(List<string> failures)
    {
        var rows = new List<string[]>();
        foreach (var (fault, error, finishReason) in s_faults)
        {
            var row = new List<string> { fault.ToString() };
            foreach (var adapter in Adapter.All)
            {
                if (VendorTraits.Of(adapter.Model.Vendor)?.HasFault(fault) != true)
                {
                    row.Add("–");
                    continue;
                }

                await using var sim = await RunningSim.StartAsync(new() { Models = [adapter.Model with { Faults = [new() { Kind = fault }] }] });
                var result = await CallAsync(adapter, sim, adapter.Call(Feature.All[0].BodyFor(adapter)));
                // These two answer in a 200 that says it was filtered.
                var (wanted, ending) = fault == FaultKind.ContentFilter && adapter.Model.Vendor is Vendor.Anthropic or Vendor.Bedrock && fault == FaultKind.ContentFilter
                    ? (null, "content_filter")
                    : (error, finishReason);
                if (result.Error != wanted || (ending is not null && result.FinishReason != ending) || sim.Sim.Calls.Count != 1)
                    failures.Add($"{adapter.Name}, {fault}: {result.Error} {result.ErrorMessage} {result.FinishReason}, {sim.Sim.Calls.Count} calls");
                row.Add(wanted?.ToString() ?? $"`{result.FinishReason}`");
            }

            rows.Add([.. row]);
        }

        return rows;
    }

    private static async Task<ProviderResult> CallAsync(Adapter adapter, RunningSim sim, ProviderCall call)
    {
        var provider = adapter.Create(sim.Sim.Address, adapter.Key);
        using var owned = (IDisposable)provider;
        return await provider.CallAsync(call, TestContext.Current.CancellationToken);
    }

    private static string Document(List<string[]> features, SortedDictionary<string, SortedSet<string>> reasons, List<string[]> errors)
    {
        var text = new StringBuilder()
            .Append("# What each vendor's adapter does\n\n")
            .Append("Written by the conformance test against the vendor simulator.\n\n")
            .Append("*yes*: asked for, sent and answered. *no*: the API has no place for it; the router keeps the deployment out, and a request that names the\n")
            .Append("model gets `Unsupported` with the name of the member; nothing is sent. *router*: the body is passed on as it came, and the vendor is known not to\n")
            .Append("heed it, so the router keeps the deployment out in the same way. *as OpenAI*: passed on like OpenAI's.\n\n");
        Table(text, "feature", features);
        text.Append("\nWhy not, in the words of the failure:\n\n");
        foreach (var (reason, who) in reasons)
            text.Append("- ").Append(reason).Append(" (").AppendJoin(", ", who).Append(")\n");
        text.Append("\nWhat the vendor does, and what the broker makes of it. –: the vendor has no such answer.\n\n");
        Table(text, "vendor", errors);
        text.Append("\nVendors that speak OpenAI's protocol, by their word in `providers.*.type`, and what is kept away from them unless `capabilities` says otherwise.\n\n")
            .Append("| type | address | left out |\n|---|---|---|\n");
        foreach (var (name, dialect) in OpenAiPresets.All)
            text.Append($"| {name} | {dialect.Address} | {CapabilityNames.Of(dialect.Cannot)} |\n");
        return text.ToString();
    }

    private static void Table(StringBuilder text, string corner, List<string[]> rows)
    {
        text.Append("| ").Append(corner).Append(" | ").AppendJoin(" | ", Adapter.All.Select(adapter => adapter.Name)).Append(" |\n|---");
        foreach (var _ in Adapter.All)
            text.Append("|---");
        text.Append("|\n");
        foreach (var row in rows)
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
    }

    /// <summary>The README with its tables anew: adapters that do the same share a column.</summary>
    private static string WithTables(string readme, List<string[]> features, List<string[]> errors)
    {
        var (start, end) = (readme.IndexOf(ReadmeStart, StringComparison.Ordinal) + ReadmeStart.Length, readme.IndexOf(ReadmeEnd, StringComparison.Ordinal));
        Assert.True(start >= ReadmeStart.Length && end >= start, "README.md has lost the marks between which its table of vendors stands.");
        var text = new StringBuilder();
        ShortTable(text, "feature", features);
        text.Append('\n');
        ShortTable(text, "vendor", errors);
        return $"{readme[..start]}{text}{readme[end..]}";
    }

    private static void ShortTable(StringBuilder text, string corner, List<string[]> rows)
    {
        var columns = Adapter.All
            .Select((adapter, index) => (adapter.Name, Cells: rows.Select(row => row[index + 1]).ToArray()))
            .GroupBy(column => string.Join('|', column.Cells))
            .ToArray();
        text.Append("| ").Append(corner).Append(" | ").AppendJoin(" | ", columns.Select(same => string.Join(" · ", same.Select(column => column.Name)))).Append(" |\n|---");
        foreach (var _ in columns)
            text.Append("|---");
        text.Append("|\n");
        foreach (var (row, index) in rows.Select((row, index) => (row, index)))
            text.Append("| ").Append(row[0]).Append(" | ").AppendJoin(" | ", columns.Select(same => same.First().Cells[index])).Append(" |\n");
    }

    private static void AssertCommitted(string generated, params string[] path)
    {
        var file = Repository.PathOf(path);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(file, generated);
        Assert.True(
            generated == (File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : ""),
            $"{string.Join('/', path)} is not what the adapters do now. If the change is meant, run the tests once with {UpdateVariable}=1 and commit it.\n{generated}");
    }
}

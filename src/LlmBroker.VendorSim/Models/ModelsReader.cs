using System.Text.Json;

namespace LlmBroker.Simulation.Models;

/// <summary>Reads models from JSON; throws <see cref="InvalidModelsException"/> with every fault at once.</summary>
internal static class ModelsReader
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads <c>{"models": [...]}</c>.</summary>
    public static IReadOnlyList<SimulatedModel> ReadAll(ReadOnlyMemory<byte> json)
    {
        using var document = Parse(json);
        var faults = new List<string>();
        var root = new FieldReader(RequireObject(document), "models", "", faults);
        var sections = root.Sections("models");
        root.RefuseOthers();
        if (sections is null && faults.Count == 0)
            faults.Add("models: the list \"models\" is missing");
        return Checked(sections is null ? [] : ReadList(document.RootElement.GetProperty("models"), faults), faults);
    }

    /// <summary>Reads one model; a name in the JSON may be left out, but must not be another one.</summary>
    public static SimulatedModel ReadOne(string name, ReadOnlyMemory<byte> json)
    {
        using var document = Parse(json);
        var faults = new List<string>();
        var model = Read(RequireObject(document), name, faults);
        if (model.Name != name)
            faults.Add($"model '{name}': name must be '{name}' or absent, but is '{model.Name}'");
        return Checked([model], faults)[0];
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException e)
        {
            throw new InvalidModelsException([$"models: not valid JSON: {e.Message}"]);
        }
    }

    private static JsonElement RequireObject(JsonDocument document) =>
        document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement
            : throw new InvalidModelsException([$"models: must be a JSON object, but is {document.RootElement.ValueKind}"]);

    private static List<SimulatedModel> ReadList(JsonElement list, List<string> faults) =>
        [.. list.EnumerateArray().Select((element, index) => Read(element, $"#{index}", faults))];

    private static SimulatedModel Read(JsonElement element, string fallbackName, List<string> faults)
    {
        var named = element.TryGetProperty("name", out var nameElement) && nameElement.ValueKind == JsonValueKind.String;
        var at = $"model '{(named ? nameElement.GetString() : fallbackName)}'";
        var fields = new FieldReader(element, at, "", faults);
        var name = fields.Text("name");
        if (name is null && fallbackName.StartsWith('#'))
            faults.Add($"{at}: name is missing");
        if (!element.TryGetProperty("vendor", out _))
            faults.Add($"{at}: vendor is missing; it is one of {VendorTraits.Names(_ => true)}");

        var defaults = new SimulatedModel { Name = name ?? fallbackName, Vendor = fields.Choice<Vendor>("vendor") ?? Vendor.Unknown };
        var model = defaults with
        {
            ApiKeys = fields.Texts("apiKeys") ?? defaults.ApiKeys,
            ContextWindow = fields.Integer("contextWindow") ?? defaults.ContextWindow,
            MaxOutputTokens = fields.Integer("maxOutputTokens") ?? defaults.MaxOutputTokens,
            EmbeddingDimensions = fields.Integer("embeddingDimensions"),
            IsReasoningModel = fields.Flag("isReasoningModel") ?? defaults.IsReasoningModel,
            Task = fields.Choice<TextTask>("task"),
            Labels = fields.Texts("labels") ?? defaults.Labels,
            Latency = fields.Section("latency") is { } latency ? ReadLatency(latency) : defaults.Latency,
            Tokens = fields.Section("tokens") is { } tokens ? ReadTokens(tokens) : defaults.Tokens,
            Limits = fields.Section("limits") is { } limits ? ReadLimits(limits) : defaults.Limits,
            Faults = fields.Sections("faults") is { } list ? [.. list.Select(ReadFault)] : defaults.Faults,
        };
        fields.RefuseOthers();
        return model;
    }

    private static SimulatedLatency ReadLatency(FieldReader fields)
    {
        var latency = new SimulatedLatency
        {
            Kind = fields.Choice<LatencyKind>("kind") ?? LatencyKind.Fixed,
            Ms = fields.Number("ms"),
            MinMs = fields.Number("minMs"),
            MaxMs = fields.Number("maxMs"),
            MedianMs = fields.Number("medianMs"),
            P95Ms = fields.Number("p95Ms"),
            MsPerOutputToken = fields.Number("msPerOutputToken") ?? 0,
        };
        fields.RefuseOthers();
        return latency;
    }

    private static SimulatedTokens ReadTokens(FieldReader fields)
    {
        var tokens = new SimulatedTokens
        {
            Output = fields.Integer("output"),
            OutputPerInputToken = fields.Number("outputPerInputToken"),
            MinOutput = fields.Integer("minOutput"),
            MaxOutput = fields.Integer("maxOutput"),
            CachedShare = fields.Number("cachedShare") ?? 0,
            CacheWriteShare = fields.Number("cacheWriteShare") ?? 0,
            Reasoning = fields.Integer("reasoning") ?? 0,
        };
        fields.RefuseOthers();
        return tokens;
    }

    private static SimulatedLimits ReadLimits(FieldReader fields)
    {
        var limits = new SimulatedLimits
        {
            RequestsPerMinute = fields.Integer("requestsPerMinute"),
            TokensPerMinute = fields.Integer("tokensPerMinute"),
            InputTokensPerMinute = fields.Integer("inputTokensPerMinute"),
            OutputTokensPerMinute = fields.Integer("outputTokensPerMinute"),
            Concurrent = fields.Integer("concurrent"),
        };
        fields.RefuseOthers();
        return limits;
    }

    private static SimulatedFault ReadFault(FieldReader fields)
    {
        var fault = new SimulatedFault
        {
            Kind = fields.Choice<FaultKind>("kind") ?? FaultKind.Unknown,
            Probability = fields.Number("probability"),
            Every = fields.Integer("every"),
            Next = fields.Integer("next"),
            Marker = fields.Text("marker"),
            RetryAfterSeconds = fields.Number("retryAfterSeconds"),
            ExtraMs = fields.Number("extraMs"),
            BeforeGeneration = fields.Flag("beforeGeneration") ?? false,
        };
        fields.RefuseOthers();
        return fault;
    }

    private static List<SimulatedModel> Checked(List<SimulatedModel> models, List<string> faults)
    {
        faults.AddRange(ModelsValidator.Validate(models).Except(faults));
        return faults.Count == 0 ? models : throw new InvalidModelsException(faults);
    }
}

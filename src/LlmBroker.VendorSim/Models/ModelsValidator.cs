namespace LlmBroker.Simulation.Models;

/// <summary>Ranges and cross-field rules; every fault names the model, the field and the value.</summary>
internal static class ModelsValidator
{
    public static List<string> Validate(IReadOnlyList<SimulatedModel> models)
    {
        var faults = new List<string>();
        foreach (var twice in models.GroupBy(model => model.Name).Where(group => group.Count() > 1))
            faults.Add($"model '{twice.Key}': name is used {twice.Count()} times; names are unique over all vendors");
        foreach (var model in models)
        {
            void Require(bool holds, string field, object? value, string rule)
            {
                if (!holds)
                    faults.Add($"model '{model.Name}': {field} {rule}, but is {value ?? "absent"}");
            }

            CheckModel(model, Require);
            CheckLatency(model.Latency, Require);
            CheckTokens(model, Require);
            CheckLimits(model, Require);
            for (var i = 0; i < model.Faults.Count; i++)
                CheckFault(model, model.Faults[i], $"faults[{i}]", Require);
        }

        return faults;
    }

    private delegate void Requirement(bool holds, string field, object? value, string rule);

    private static void CheckModel(SimulatedModel model, Requirement require)
    {
        require(!string.IsNullOrWhiteSpace(model.Name), "name", $"'{model.Name}'", "must not be blank");
        require(model.Vendor != Vendor.Unknown, "vendor", null, $"must be one of {VendorTraits.Names(_ => true)}");
        // The values of keys stay out of messages.
        require(
            model.ApiKeys.Count > 0 && !model.ApiKeys.Any(string.IsNullOrWhiteSpace),
            "apiKeys", "empty or has a blank key", "must name at least one key");
        require(model.ContextWindow >= 1, "contextWindow", model.ContextWindow, "must be at least 1");
        require(model.MaxOutputTokens >= 1, "maxOutputTokens", model.MaxOutputTokens, "must be at least 1");
        require(model.EmbeddingDimensions is null or (>= 1 and <= 16_384), "embeddingDimensions", model.EmbeddingDimensions, "must be from 1 to 16384");
        if (VendorTraits.Of(model.Vendor) is not { } traits)
            return;
        RequireVendor(
            model.EmbeddingDimensions is null || traits.HasEmbeddings, "embeddingDimensions", model.EmbeddingDimensions, vendor => vendor.HasEmbeddings);
        RequireVendor(
            !model.IsReasoningModel || traits.HasReasoningModels, "isReasoningModel", model.IsReasoningModel, vendor => vendor.HasReasoningModels);
        RequireVendor(model.Task is null || traits.HasTasks, "task", model.Task, vendor => vendor.HasTasks);
        require(model.Task != TextTask.Unknown, "task", null, "must be set or left out");
        require(
            model.Labels.Count == 0 || model.Task is TextTask.TextClassification or TextTask.TokenClassification,
            "labels", string.Join(", ", model.Labels), "are for tasks text-classification and token-classification only");
        require(
            model.Labels.Count > 0 || model.Task is not (TextTask.TextClassification or TextTask.TokenClassification),
            "labels", null, "must name at least one");
        require(
            model.EmbeddingDimensions is not null || model.Task != TextTask.FeatureExtraction,
            "embeddingDimensions", null, "must be set for task feature-extraction");

        void RequireVendor(bool holds, string field, object? value, Func<VendorTraits, bool> has) =>
            require(holds, field, value, $"is for vendor {VendorTraits.Names(has)} only");
    }

    private static void CheckLatency(SimulatedLatency latency, Requirement require)
    {
        require(latency.MsPerOutputToken >= 0, "latency.msPerOutputToken", latency.MsPerOutputToken, "must be at least 0");
        var (isFixed, isUniform, isLognormal) =
            (latency.Kind == LatencyKind.Fixed, latency.Kind == LatencyKind.Uniform, latency.Kind == LatencyKind.Lognormal);
        require(isFixed || isUniform || isLognormal, "latency.kind", latency.Kind, "must be fixed, uniform or lognormal");
        require(isFixed || latency.Ms is null, "latency.ms", latency.Ms, "is for kind fixed only");
        require(isUniform || latency.MinMs is null, "latency.minMs", latency.MinMs, "is for kind uniform only");
        require(isUniform || latency.MaxMs is null, "latency.maxMs", latency.MaxMs, "is for kind uniform only");
        require(isLognormal || latency.MedianMs is null, "latency.medianMs", latency.MedianMs, "is for kind lognormal only");
        require(isLognormal || latency.P95Ms is null, "latency.p95Ms", latency.P95Ms, "is for kind lognormal only");
        require(!isFixed || latency.Ms is null or >= 0, "latency.ms", latency.Ms, "must be at least 0");
        require(!isUniform || latency.MinMs >= 0, "latency.minMs", latency.MinMs, "must be at least 0");
        require(!isUniform || latency.MaxMs >= (latency.MinMs ?? 0), "latency.maxMs", latency.MaxMs, "must be at least minMs");
        require(!isLognormal || latency.MedianMs > 0, "latency.medianMs", latency.MedianMs, "must be over 0");
        require(!isLognormal || latency.P95Ms >= (latency.MedianMs ?? 0), "latency.p95Ms", latency.P95Ms, "must be at least medianMs");
    }

    private static void CheckTokens(SimulatedModel model, Requirement require)
    {
        var tokens = model.Tokens;
        require(tokens.Output is null || tokens.OutputPerInputToken is null, "tokens.output", tokens.Output, "cannot stand beside outputPerInputToken");
        require(tokens.Output is null or >= 1, "tokens.output", tokens.Output, "must be at least 1");
        require(tokens.OutputPerInputToken is null or >= 0, "tokens.outputPerInputToken", tokens.OutputPerInputToken, "must be at least 0");
        require(tokens.MinOutput is null or >= 1, "tokens.minOutput", tokens.MinOutput, "must be at least 1");
        require(tokens.MaxOutput is null || tokens.MaxOutput >= (tokens.MinOutput ?? 1), "tokens.maxOutput", tokens.MaxOutput, "must be at least minOutput");
        require(tokens.OutputPerInputToken is not null || tokens.MinOutput is null, "tokens.minOutput", tokens.MinOutput, "needs outputPerInputToken");
        require(tokens.OutputPerInputToken is not null || tokens.MaxOutput is null, "tokens.maxOutput", tokens.MaxOutput, "needs outputPerInputToken");
        require(tokens.CachedShare is >= 0 and <= 1, "tokens.cachedShare", tokens.CachedShare, "must be from 0 to 1");
        require(tokens.Reasoning >= 0, "tokens.reasoning", tokens.Reasoning, "must be at least 0");
        require(
            tokens.CacheWriteShare >= 0 && (tokens.CacheWriteShare == 0 || tokens.CachedShare + tokens.CacheWriteShare <= 1),
            "tokens.cacheWriteShare", tokens.CacheWriteShare, "must be from 0 to 1, with cachedShare");
        require(
            tokens.CacheWriteShare == 0 || VendorTraits.Of(model.Vendor) is not { HasCacheWrites: false },
            "tokens.cacheWriteShare", tokens.CacheWriteShare, $"is for vendor {VendorTraits.Names(vendor => vendor.HasCacheWrites)} only");
    }

    private static void CheckLimits(SimulatedModel model, Requirement require)
    {
        var limits = model.Limits;
        require(limits.RequestsPerMinute is null or >= 1, "limits.requestsPerMinute", limits.RequestsPerMinute, "must be at least 1");
        require(limits.TokensPerMinute is null or >= 1, "limits.tokensPerMinute", limits.TokensPerMinute, "must be at least 1");
        require(limits.InputTokensPerMinute is null or >= 1, "limits.inputTokensPerMinute", limits.InputTokensPerMinute, "must be at least 1");
        require(limits.OutputTokensPerMinute is null or >= 1, "limits.outputTokensPerMinute", limits.OutputTokensPerMinute, "must be at least 1");
        require(limits.Concurrent is null or >= 1, "limits.concurrent", limits.Concurrent, "must be at least 1");
        if (VendorTraits.Of(model.Vendor) is not { } traits)
            return;
        require(
            limits.TokensPerMinute is null || traits.HasTokenLimit,
            "limits.tokensPerMinute", limits.TokensPerMinute, $"is for vendor {VendorTraits.Names(vendor => vendor.HasTokenLimit)} only");
        var split = VendorTraits.Names(vendor => vendor.HasSplitTokenLimits);
        require(
            limits.InputTokensPerMinute is null || traits.HasSplitTokenLimits,
            "limits.inputTokensPerMinute", limits.InputTokensPerMinute, $"is for vendor {split} only");
        require(
            limits.OutputTokensPerMinute is null || traits.HasSplitTokenLimits,
            "limits.outputTokensPerMinute", limits.OutputTokensPerMinute, $"is for vendor {split} only");
    }

    private static void CheckFault(SimulatedModel model, SimulatedFault fault, string at, Requirement require)
    {
        require(fault.Kind != FaultKind.Unknown, $"{at}.kind", null, "must be set");
        require(fault.Probability is null or (>= 0 and <= 1), $"{at}.probability", fault.Probability, "must be from 0 to 1");
        require(fault.Every is null or >= 1, $"{at}.every", fault.Every, "must be at least 1");
        require(fault.Next is null or >= 0, $"{at}.next", fault.Next, "must be at least 0");
        require(fault.Marker is null or { Length: > 0 }, $"{at}.marker", "''", "must not be empty");
        var triggers = (fault.Probability is null ? 0 : 1) + (fault.Every is null ? 0 : 1) + (fault.Next is null ? 0 : 1);
        require(triggers <= 1, $"{at}", $"{triggers} of them", "must have one of probability, every and next at most");
        require(fault.RetryAfterSeconds is null or >= 0, $"{at}.retryAfterSeconds", fault.RetryAfterSeconds, "must be at least 0");
        require(
            fault.RetryAfterSeconds is null || fault.Kind is FaultKind.RateLimited or FaultKind.ModelNotReady,
            $"{at}.retryAfterSeconds", fault.RetryAfterSeconds, "is for kinds rate-limited and model-not-ready only");
        require(fault.Kind != FaultKind.Slow || fault.ExtraMs > 0, $"{at}.extraMs", fault.ExtraMs, "must be over 0");
        require(fault.Kind == FaultKind.Slow || fault.ExtraMs is null, $"{at}.extraMs", fault.ExtraMs, "is for kind slow only");
        require(!fault.BeforeGeneration || fault.Kind == FaultKind.Reset, $"{at}.beforeGeneration", fault.BeforeGeneration, "is for kind reset only");
        require(
            VendorTraits.Of(model.Vendor)?.HasFault(fault.Kind) != false,
            $"{at}.kind", EnumNames.Of<FaultKind>().GetValueOrDefault(fault.Kind),
            $"is for vendor {VendorTraits.Names(vendor => vendor.HasFault(fault.Kind))} only");
    }
}

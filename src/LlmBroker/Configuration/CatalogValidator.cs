using System.Text.RegularExpressions;
using LlmBroker.Inference;
using LlmBroker.Models;
using LlmBroker.Routing;

namespace LlmBroker.Configuration;

/// <summary>Rules for what can be routed to: providers, models, deployments, policies and the defaults, which name each other.</summary>
internal static partial class CatalogValidator
{
    public static readonly string[] Tiers = ["cheap", "large"];

    public static readonly string[] Tasks = [.. Enum.GetValues<TaskKind>().Where(task => task != TaskKind.Unknown).Select(task => task.ToWire())];

    /// <summary>RabbitMQ takes a delivery away after 30 minutes; none is held for longer than this.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(10);

    // Polly's own limits.
    private static readonly TimeSpan ShortestBreakerTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestBreakerTime = TimeSpan.FromDays(1);

    public static void Check(BrokerOptions options, IReadOnlySet<string> providerTypes, ConfigurationNeeds needs, FindingList faults)
    {
        CheckNames("providers", options.Providers.Keys, faults);
        CheckNames("models", options.Models.Keys, faults);
        CheckNames("deployments", options.Deployments.Keys, faults);
        CheckNames("policies", options.Policies.Keys, faults);
        foreach (var (name, provider) in options.Providers)
            CheckProvider(name, provider, options, providerTypes, faults);
        foreach (var (name, model) in options.Models)
            CheckModel(name, model, options, faults);
        foreach (var (name, deployment) in options.Deployments)
            CheckDeployment(name, deployment, options, faults);
        foreach (var (name, policy) in options.Policies)
            CheckPolicy(policy, ConfigurationPath.Of("policies", name), options, faults);
        CheckRouting(options, needs, faults);
    }

    private static void CheckNames(string section, IEnumerable<string> names, FindingList faults)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            if (name.Length is 0 or > 100 || name.Any(character => char.IsControl(character) || char.IsWhiteSpace(character)))
                faults.Add(ConfigurationPath.Of(section, name), "is no usable name; write 1 to 100 characters without spaces");
            if (!seen.TryAdd(name, name))
                faults.Add(ConfigurationPath.Of(section, name), $"differs from '{seen[name]}' only by case; rename one of the two");
        }
    }

    private static void CheckProvider(
        string name, ProviderOptions provider, BrokerOptions options, IReadOnlySet<string> types, FindingList faults)
    {
        var path = ConfigurationPath.Of("providers", name);
        if (!types.Contains(provider.Type))
        {
            var known = ValueText.ListOf(types.Order(StringComparer.Ordinal));
            faults.Add($"{path}.type", $"'{provider.Type}' is no known provider type; write one of {known}, or load its plug-in");
        }

        faults.HttpAddress($"{path}.baseUrl", provider.BaseUrl);
        faults.Secret($"{path}.apiKey", provider.ApiKey);
        CheckKeysAndDefault(name, provider, path, options, faults);
        faults.Tls($"{path}.tls", provider.Tls);
        ProviderValidator.Check(provider, path, faults);
    }

    private static void CheckModel(string name, ModelOptions model, BrokerOptions options, FindingList faults)
    {
        var path = ConfigurationPath.Of("models", name);
        if (!Tiers.Contains(model.Tier))
            faults.Add($"{path}.tier", $"'{model.Tier}' is no tier; write {string.Join(" or ", Tiers)}");
        faults.Range($"{path}.maxOutputTokens", model.MaxOutputTokens, 1, int.MaxValue);
        if (model.ContextWindow < model.MaxOutputTokens)
        {
            faults.Add(
                $"{path}.contextWindow",
                $"{model.ContextWindow} is less than maxOutputTokens, {model.MaxOutputTokens}; the window holds prompt and answer: raise it or lower that");
        }

        CheckStrategy(model.Strategy, $"{path}.strategy", faults);
        if (model.Shadow is { } shadow)
            CheckShadow(name, shadow, $"{path}.shadow", options, faults);
        CheckPriced(name, model, options, path, faults);
        if (model.Price is { } price)
            CheckPrice(price, $"{path}.price", faults);
    }

    private static void CheckKeysAndDefault(string name, ProviderOptions provider, string path, BrokerOptions options, FindingList faults)
    {
        foreach (var (index, key) in provider.ApiKeys.Index())
            faults.Secret($"{path}.apiKeys[{index}]", key);
        if (provider is { ApiKey: not null, ApiKeys.Count: > 0 })
            faults.Add($"{path}.apiKeys", "is set beside apiKey; keep the one of the two that holds all keys");
        if (provider.DefaultModel is not { } model)
            return;
        CheckServed(model, $"{path}.defaultModel", options, faults);
        var atAccount = options.Deployments.Values.Any(deployment => deployment.Provider == name && deployment.Model == model);
        if (options.Models.ContainsKey(model) && options.Deployments.Values.Any(deployment => deployment.Model == model) && !atAccount)
            faults.Add($"{path}.defaultModel", $"no deployment at this account serves the model '{model}'; add one under deployments");
    }

    private static void CheckStrategy(string? strategy, string path, FindingList faults)
    {
        if (strategy is not null && !DeploymentStrategy.All.Contains(strategy))
            faults.Add(path, $"'{strategy}' is no strategy; write one of {string.Join(", ", DeploymentStrategy.All)}");
    }

    private static void CheckShadow(string model, ShadowOptions shadow, string path, BrokerOptions options, FindingList faults)
    {
        if (!options.Deployments.ContainsKey(shadow.Deployment))
            faults.Add($"{path}.deployment", Unknown(shadow.Deployment, "deployment", "deployments", options.Deployments.Keys));
        else if (options.Deployments.Where(entry => entry.Value.Model == model).Select(entry => entry.Key).ToArray() is [var only] && only == shadow.Deployment)
            faults.Add($"{path}.deployment", $"'{only}' is the one that serves the model '{model}', so a copy would compare it with itself; name another");
        faults.Range($"{path}.share", shadow.Share, 0, 1);
        faults.Range($"{path}.maxPerMinute", shadow.MaxPerMinute, 1, 1_000_000);
        faults.Range($"{path}.maxUsdPerDay", shadow.MaxUsdPerDay, 0, 1_000_000);
    }

    private static void CheckPriced(string name, ModelOptions model, BrokerOptions options, string path, FindingList faults)
    {
        if (model.PriceUnknown && (model.Price is not null || model.ListPrice is not null))
            faults.Add($"{path}.priceUnknown", "is true beside a price; remove one of the two");
        if (model is { Price: not null, ListPrice: not null })
            faults.Add($"{path}.listPrice", "is set beside price; remove one of the two");
        if (model.ListPrice is { } listed && DeploymentPrices.FindNamed(listed, PriceCatalog.BuiltIn) is null)
            faults.Add($"{path}.listPrice", $"'{listed}' is not in the price catalogue; write vendor/model as 'llmbroker prices list' has it, or give price");
        if (model.PriceUnknown || model.Price is not null || model.ListPrice is not null)
            return;

        foreach (var (deploymentName, deployment) in options.Deployments)
        {
            if (deployment.Model != name
                || !options.Providers.TryGetValue(deployment.Provider, out var provider)
                || DeploymentPrices.Find(deployment, model, provider, PriceCatalog.BuiltIn) is not null)
                continue;
            faults.Add(
                $"{path}.price",
                $"is missing, and no list price is known for deployment '{deploymentName}'; give input and output in USD per million tokens, name a listPrice, or set priceUnknown to true");
            return;
        }
    }

    private static void CheckPrice(PriceOptions price, string path, FindingList faults)
    {
        Check("input", price.Input);
        Check("output", price.Output);
        Check("cacheRead", price.CacheRead ?? 0);
        Check("cacheWrite", price.CacheWrite ?? 0);
        if (price.LongContext is not { } longContext)
            return;

        faults.Range($"{path}.longContext.abovePromptTokens", longContext.AbovePromptTokens, 1, int.MaxValue);
        Check("longContext.input", longContext.Input);
        Check("longContext.output", longContext.Output);
        Check("longContext.cacheRead", longContext.CacheRead ?? 0);
        Check("longContext.cacheWrite", longContext.CacheWrite ?? 0);

        void Check(string name, decimal amount) => faults.Range($"{path}.{name}", amount, 0, 10_000);
    }

    private static void CheckDeployment(string name, DeploymentOptions deployment, BrokerOptions options, FindingList faults)
    {
        var path = ConfigurationPath.Of("deployments", name);
        if (!DeploymentName().IsMatch(name))
        {
            faults.Add(
                path,
                $"'{name}' cannot be a deployment's name, which becomes part of queue names and routing keys; write 1 to 63 of a-z, 0-9 and -, not - first");
        }

        if (!options.Providers.ContainsKey(deployment.Provider))
            faults.Add($"{path}.provider", Unknown(deployment.Provider, "provider", "providers", options.Providers.Keys));
        if (!options.Models.ContainsKey(deployment.Model))
            faults.Add($"{path}.model", Unknown(deployment.Model, "model", "models", options.Models.Keys));
        faults.NotEmpty($"{path}.vendorModel", deployment.VendorModel);
        ProviderValidator.CheckApi(deployment, path, options.Providers.GetValueOrDefault(deployment.Provider)?.Type, faults);
        faults.Range($"{path}.maxConcurrentCalls", deployment.MaxConcurrentCalls, 1, 4096);
        // The share is rounded down to whole calls: below 1 it always leaves one to the other lanes.
        if (!(deployment.InteractiveShare >= 0 && deployment.InteractiveShare < 1))
        {
            faults.Add(
                $"{path}.interactiveShare",
                $"{deployment.InteractiveShare} is out of range; write 0 to below 1, so that at least one call remains for the other lanes");
        }

        faults.Range($"{path}.weight", deployment.Weight, 0, 1_000_000);
        faults.Range($"{path}.canaryShare", deployment.CanaryShare ?? 0, 0, 1);
        foreach (var lane in Messaging.Lane.All)
        {
            if (!LaneState.All.Contains(deployment.Lanes.Of(lane)))
                faults.Add($"{path}.lanes.{lane}", $"'{deployment.Lanes.Of(lane)}' is no state; write one of {string.Join(", ", LaneState.All)}");
        }

        CheckTimes(deployment, path, faults);
        faults.Range($"{path}.maxRetries", deployment.MaxRetries, 0, 10);
        CheckBreaker(deployment.Breaker, $"{path}.breaker", faults);
    }

    private static void CheckTimes(DeploymentOptions deployment, string path, FindingList faults)
    {
        var total = DurationText.Format(deployment.TotalTimeout);
        if (deployment.TotalTimeout >= LongestHold)
        {
            faults.Add(
                $"{path}.totalTimeout",
                $"{total} is too long; write less than {DurationText.Format(LongestHold)}, for which a delivery may be held");
        }

        Check("totalTimeout", deployment.TotalTimeout, mayBeZero: false);
        Check("attemptTimeout", deployment.AttemptTimeout, mayBeZero: false);
        Check("retryDelay", deployment.RetryDelay, mayBeZero: false);
        Check("maxRetryAfter", deployment.MaxRetryAfter, mayBeZero: true);

        void Check(string name, TimeSpan value, bool mayBeZero)
        {
            if (value == TimeSpan.Zero && !mayBeZero)
                faults.Add($"{path}.{name}", "0s is out of range; write a longer time");
            if (value > deployment.TotalTimeout)
                faults.Add($"{path}.{name}", $"{DurationText.Format(value)} is longer than totalTimeout, {total}; lower it or raise that");
        }
    }

    private static void CheckBreaker(BreakerOptions breaker, string path, FindingList faults)
    {
        if (!(breaker.FailureRatio > 0 && breaker.FailureRatio <= 1))
            faults.Add($"{path}.failureRatio", $"{breaker.FailureRatio} is out of range; write above 0 to 1");
        faults.Range($"{path}.minimumThroughput", breaker.MinimumThroughput, 2, int.MaxValue);
        faults.Range($"{path}.samplingDuration", breaker.SamplingDuration, ShortestBreakerTime, LongestBreakerTime);
        faults.Range($"{path}.breakDuration", breaker.BreakDuration, ShortestBreakerTime, LongestBreakerTime);
    }

    private static void CheckPolicy(PolicyOptions policy, string path, BrokerOptions options, FindingList faults)
    {
        if (policy.Model is not null)
        {
            if (policy.Cheap is not null || policy.Large is not null || policy.CheapTasks is not null)
                faults.Add(path, "mixes model with cheap, large or cheapTasks; keep model for a fixed policy, the others for one that chooses");
        }
        else if (policy.Cheap is null || policy.Large is null)
        {
            faults.Add(path, "names no model to take; set model for a fixed policy, or both cheap and large for one that chooses");
        }

        CheckServed(policy.Model, $"{path}.model", options, faults);
        CheckServed(policy.Cheap, $"{path}.cheap", options, faults);
        CheckServed(policy.Large, $"{path}.large", options, faults);
        CheckFallbacks(policy, path, options, faults);
        CheckConditions(policy, path, options, faults);
        CheckStrategy(policy.Strategy, $"{path}.strategy", faults);
        foreach (var (index, task) in (policy.CheapTasks ?? []).Index())
            if (!Tasks.Contains(task))
                faults.Add($"{path}.cheapTasks[{index}]", $"'{task}' is no known task; write one of {string.Join(", ", Tasks)}");
        faults.Range($"{path}.maxCheapPromptTokens", policy.MaxCheapPromptTokens, 1, int.MaxValue);
        faults.Range($"{path}.minConfidence", policy.MinConfidence, 0, 1);
        PolicyValidator.Check(policy, path, options, faults);
    }

    private static void CheckFallbacks(PolicyOptions policy, string path, BrokerOptions options, FindingList faults)
    {
        var seen = new HashSet<string>();
        foreach (var (index, model) in policy.FallbackModels.Index())
        {
            var memberPath = $"{path}.fallbackModels[{index}]";
            CheckServed(model, memberPath, options, faults);
            if (!seen.Add(model) || model == policy.Model)
                faults.Add(memberPath, $"'{model}' is already in this policy; remove it");
        }
    }

    private static void CheckConditions(PolicyOptions policy, string path, BrokerOptions options, FindingList faults)
    {
        var seen = policy.FallbackModels.Append(policy.Model).ToHashSet();
        foreach (var (index, fallback) in policy.Fallbacks.Index())
        {
            var memberPath = $"{path}.fallbacks[{index}]";
            CheckServed(fallback.Model, $"{memberPath}.model", options, faults);
            if (!seen.Add(fallback.Model))
                faults.Add($"{memberPath}.model", $"'{fallback.Model}' is already in this policy; remove it");
            if (fallback.On is { Count: 0 })
                faults.Add($"{memberPath}.on", "is empty, so nothing would go there; name failures, or leave it out for the default");
            foreach (var (at, word) in (fallback.On ?? []).Index())
            {
                if (!FailureClass.All.Contains(word))
                    faults.Add($"{memberPath}.on[{at}]", $"'{word}' is no failure; write one of {string.Join(", ", FailureClass.All)}");
            }
        }
    }

    private static void CheckRouting(BrokerOptions options, ConfigurationNeeds needs, FindingList faults)
    {
        var routing = options.Routing;
        if (routing.DefaultPolicy is { } policy && !options.Policies.ContainsKey(policy))
            faults.Add("routing.defaultPolicy", Unknown(policy, "policy", "policies", options.Policies.Keys));
        foreach (var (tenant, settings) in options.Tenants)
        {
            if (settings.DefaultPolicy is { } ofTenant && !options.Policies.ContainsKey(ofTenant))
                faults.Add($"{ConfigurationPath.Of("tenants", tenant)}.defaultPolicy", Unknown(ofTenant, "policy", "policies", options.Policies.Keys));
        }

        CheckServed(routing.DefaultModel, "routing.defaultModel", options, faults);
        foreach (var (task, promise) in routing.Delivery)
        {
            var path = ConfigurationPath.Of("routing.delivery", task);
            if (task != DeliveryPromise.OtherTasks && !Tasks.Contains(task))
                faults.Add(path, $"'{task}' is no known task; write {DeliveryPromise.OtherTasks}, or one of {string.Join(", ", Tasks)}");
            if (promise is not (DeliveryPromise.AtLeastOnce or DeliveryPromise.AtMostOnce))
                faults.Add(path, $"'{promise}' is unknown; write {DeliveryPromise.AtLeastOnce} or {DeliveryPromise.AtMostOnce}");
        }

        if (routing.Learning.Share is not (>= 0 and <= 1))
            faults.Add("routing.learning.share", $"is {routing.Learning.Share}; it is a part of the requests, between 0 and 1");
        if (routing is { DefaultPolicy: null, DefaultModel: null } && needs.HasFlag(ConfigurationNeeds.Routing))
            faults.Add("routing", "neither defaultPolicy nor defaultModel is set, so a request that names nothing could go nowhere; set one");
        if (options.Deployments.Count == 0 && (needs & (ConfigurationNeeds.Routing | ConfigurationNeeds.Vendors)) != 0)
            faults.Add("deployments", "there is none, so nothing can be called; add one with its provider and model");
    }

    public static void CheckServed(string? model, string path, BrokerOptions options, FindingList faults)
    {
        if (model is null)
            return;
        if (!options.Models.ContainsKey(model))
            faults.Add(path, Unknown(model, "model", "models", options.Models.Keys));
        else if (!options.Deployments.Values.Any(deployment => deployment.Model == model))
            faults.Add(path, $"no deployment serves the model '{model}'; add one under deployments");
    }

    private static string Unknown(string name, string kind, string section, IEnumerable<string> known)
    {
        var hint = NearestName.Of(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {ValueText.ListOf(known)}.";
        return $"there is no {kind} '{name}'; {hint} Else add it under {section}";
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex DeploymentName();
}

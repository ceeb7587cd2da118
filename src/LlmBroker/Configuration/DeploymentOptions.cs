using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>A model at one provider account.</summary>
public sealed record DeploymentOptions
{
    /// <summary>Name of the provider account.</summary>
    [JsonRequired]
    public string Provider { get; init; } = "";

    /// <summary>Name of the model.</summary>
    [JsonRequired]
    public string Model { get; init; } = "";

    /// <summary>What the vendor calls the model. Default: <see cref="Model"/>.</summary>
    public string? VendorModel { get; init; }

    /// <summary>
    /// The vendor's API to call: <c>chat</c>, <c>responses</c> (OpenAI and Azure, where a model needs it), or for fine-tuned models at Hugging Face
    /// <c>translation</c>, <c>summarization</c>, <c>classification</c> or <c>extraction</c>. Default: chat.
    /// </summary>
    public string? Api { get; init; }

    /// <summary>What a fine-tuned model for one task knows.</summary>
    public TaskModelOptions TaskModel { get; init; } = new();

    /// <summary>Where the deployment can do less or more than its model.</summary>
    public CapabilityOptions Capabilities { get; init; } = new();

    /// <summary>Calls in flight per worker process; also the prefetch of its queues. Default: 64.</summary>
    public int MaxConcurrentCalls { get; init; } = 64;

    /// <summary>Part of <see cref="MaxConcurrentCalls"/> that only the interactive lane may use, 0 to below 1. Default: 0.25.</summary>
    public double InteractiveShare { get; init; } = 0.25;

    /// <summary>One vendor call. Default: 2 minutes.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>All tries of one delivery with their pauses; below the 10 minutes for which a delivery may be held. Default: 6 minutes.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>Tries after the first within one delivery. Default: 2.</summary>
    public int MaxRetries { get; init; } = 2;

    /// <summary>Pause before the first retry, doubled each time, with jitter. Default: 0.5 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest <c>Retry-After</c> that is waited for in the worker; a longer one parks the request. Default: 5 s.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Share among the deployments of the model under the strategy <c>weighted</c>; 0: only when no other can serve. Default: 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// Makes this a canary: it takes this part of its model's requests, always the same ones, and else none while another can serve;
    /// 0 to 1. Default: it is none.
    /// </summary>
    public double? CanaryShare { get; init; }

    /// <summary>What the deployment takes in each lane.</summary>
    public LaneStatesOptions Lanes { get; init; } = new();

    /// <summary>When calls stop because the vendor is down.</summary>
    public BreakerOptions Breaker { get; init; } = new();
}

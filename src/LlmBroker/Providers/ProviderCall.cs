using System.Text.Json;
using LlmBroker.Configuration;

namespace LlmBroker.Providers;

/// <summary>One vendor call.</summary>
public sealed record ProviderCall
{
    /// <summary>Sent along as the header <c>X-LlmBroker-Attempt-Id</c>, to reconcile with the vendor's records.</summary>
    public required Guid AttemptId { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>What the vendor calls the model; replaces <c>body.model</c>.</summary>
    public required string VendorModel { get; init; }

    /// <summary><c>deployments.{name}.api</c>; null: chat.</summary>
    public string? Api { get; init; }

    /// <summary>For a fine-tuned model of one task.</summary>
    public TaskModelOptions TaskModel { get; init; } = new();

    /// <summary>Tokens to allow where the vendor demands a number and the body has none.</summary>
    public required int MaxOutputTokens { get; init; }

    /// <summary>The OpenAI request as the producer sent it.</summary>
    public required JsonElement Body { get; init; }
}

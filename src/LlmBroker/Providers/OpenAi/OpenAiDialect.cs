namespace LlmBroker.Providers.OpenAi;

/// <summary>How a vendor that speaks OpenAI's protocol differs from OpenAI.</summary>
/// <param name="Address">Its own address; ends in a slash.</param>
/// <param name="Cannot">What of OpenAI's chat and embeddings it does not do.</param>
internal sealed record OpenAiDialect(string Address, ModelCapabilities Cannot = ModelCapabilities.None)
{
    /// <summary>OpenAI itself.</summary>
    public static OpenAiDialect OpenAi { get; } = new("https://api.openai.com/v1/");

    /// <summary>Knows only the older name of <c>max_completion_tokens</c>.</summary>
    public bool OnlyMaxTokens { get; init; }

    /// <summary>What <c>seed</c> is called.</summary>
    public string Seed { get; init; } = "seed";

    /// <summary>Has the Responses API too.</summary>
    public bool HasResponses { get; init; }

    /// <summary>What costs nothing and wants a key. Default: the list of models.</summary>
    public string Free { get; init; } = "models";

    /// <summary>Where an operation is: its path at OpenAI and the vendor's model to the path here.</summary>
    public Func<string, string, string> Locate { get; init; } = static (path, _) => path;
}

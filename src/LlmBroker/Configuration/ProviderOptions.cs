using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>One account at a vendor.</summary>
public sealed record ProviderOptions
{
    /// <summary>
    /// The adapter: <c>openai</c> (also for anything OpenAI-compatible), <c>azure-openai</c>, <c>anthropic</c>, <c>bedrock</c>, <c>gemini</c>, <c>vertex</c>,
    /// <c>huggingface</c>, a preset such as <c>deepseek</c> or <c>ollama</c>, or that of a plug-in.
    /// </summary>
    [JsonRequired]
    public string Type { get; init; } = "";

    /// <summary>Base address, e.g. <c>https://api.openai.com/v1/</c>. Default: the vendor's own.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The API key. Default: none is sent.</summary>
    public SecretOptions? ApiKey { get; init; }

    /// <summary>
    /// Several keys of the account, used in rotation: one that the vendor refuses or limits rests while the others go on. The ledger
    /// names a key by its place, <c>#1</c> first. Excludes <see cref="ApiKey"/>.
    /// </summary>
    public IReadOnlyList<SecretOptions> ApiKeys { get; init; } = [];

    /// <summary>The model for requests that name this account instead of a model; a deployment at the account serves it. Default: none.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>Certificates for the vendor's address.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>For <c>azure-openai</c>.</summary>
    public AzureOptions Azure { get; init; } = new();

    /// <summary>For <c>bedrock</c>.</summary>
    public AwsOptions Aws { get; init; } = new();

    /// <summary>For <c>vertex</c>.</summary>
    public GoogleOptions Google { get; init; } = new();

    /// <summary>Anything that a plug-in wants to know; handed to it as it is written.</summary>
    public JsonElement? Options { get; init; }
}

using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Providers.Access;
using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.Bedrock;
using LlmBroker.Providers.Google;
using LlmBroker.Providers.HuggingFace;
using LlmBroker.Providers.OpenAi;
using LlmBroker.Simulation.Models;
using LlmBroker.Tests.Simulation;

namespace LlmBroker.Tests.Providers.Conformance;

/// <summary>One way to a vendor: an adapter with one of its APIs and one kind of credentials, against the stand-in.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Type">The value of <c>providers.{account}.type</c>.</param>
/// <param name="Model">The stand-in's model.</param>
/// <param name="Create">Makes the provider for the stand-in's address and key.</param>
internal sealed record Adapter(string Name, string Type, SimulatedModel Model, Func<Uri, string, IModelProvider> Create)
{
    private const string AccessKey = "AKIDEXAMPLE", SecretKey = "wJalrXUtnFEMI";

    public string? Api { get; init; }

    /// <summary>A model of the same vendor for embeddings; null where it has none.</summary>
    public SimulatedModel? Embeddings { get; init; }

    /// <summary>The model that thinks, where not every one does.</summary>
    public SimulatedModel Thinking => Model.Vendor is Vendor.OpenAi or Vendor.Azure ? Model with { IsReasoningModel = true } : Model;

    public TaskModelOptions TaskModel { get; init; } = new();

    /// <summary>What a request must ask so that a model of one task gets it; null: anything.</summary>
    public string? OnlyAsks { get; init; }

    public ModelCapabilities Capabilities => VendorTypes.CapabilitiesOf(Type, Api);

    /// <summary>Passes the request on as it came, so that what the vendor cannot do is kept out by the router.</summary>
    public bool PassesOn => Api != "responses" && (OpenAiPresets.All.ContainsKey(Type) || Type is "azure-openai" or "huggingface") && !TaskApis.Contains(Api);

    public static IReadOnlyList<Adapter> All { get; } =
    [
        new("OpenAI chat", "openai", Of(Vendor.OpenAi, "gpt"), (sim, key) => new OpenAiProvider(Settings(new Uri(sim, "v1/"), key), Handler(), TimeProvider.System))
        {
            Embeddings = Of(Vendor.OpenAi, "gpt-embedding") with { EmbeddingDimensions = 8 },
        },
        new("OpenAI responses", "openai", Of(Vendor.OpenAi, "gpt-pro"), (sim, key) => new OpenAiProvider(Settings(new Uri(sim, "v1/"), key), Handler(), TimeProvider.System))
        {
            Api = "responses",
        },
        new("preset deepseek", "deepseek", Of(Vendor.OpenAi, "deepseek-chat"), (sim, key) =>
            new OpenAiProvider(Settings(new Uri(sim, "v1/"), key), Handler(), TimeProvider.System, OpenAiPresets.All["deepseek"])),
        new("Azure v1, key", "azure-openai", Of(Vendor.Azure, "azure-gpt"), (sim, key) => AzureOpenAi.Create(Settings(sim, key), Handler(), TimeProvider.System))
        {
            Embeddings = Of(Vendor.Azure, "azure-embedding") with { EmbeddingDimensions = 8 },
        },
        new("Azure deployments, Entra ID", "azure-openai", Of(Vendor.Azure, "azure-gpt-2"), (sim, key) =>
            AzureOpenAi.Create(Settings(sim, key, new() { Azure = new() { ApiVersion = "2024-10-21" } }), Handler(), TimeProvider.System, new FixedToken(key)))
        {
            Embeddings = Of(Vendor.Azure, "azure-embedding-2") with { EmbeddingDimensions = 8 },
        },
        new("Azure responses", "azure-openai", Of(Vendor.Azure, "azure-gpt-pro"), (sim, key) => AzureOpenAi.Create(Settings(sim, key), Handler(), TimeProvider.System))
        {
            Api = "responses",
        },
        new("Anthropic", "anthropic", Of(Vendor.Anthropic, "claude"), (sim, key) => new AnthropicProvider(Settings(new Uri(sim, "v1/"), key), Handler(), TimeProvider.System)),
        new("Bedrock, signed", "bedrock", Of(Vendor.Bedrock, "anthropic.claude-sonnet-v1:0") with { ApiKeys = [$"{AccessKey}:{SecretKey}"] }, Signed)
        {
            Embeddings = Of(Vendor.Bedrock, "amazon.titan-embed-text-v2:0") with { ApiKeys = [$"{AccessKey}:{SecretKey}"], EmbeddingDimensions = 256 },
        },
        new("Bedrock, bearer key", "bedrock", Of(Vendor.Bedrock, "eu.amazon.nova-pro-v1:0"), (sim, key) =>
            new BedrockProvider(Settings(sim, key, new() { Aws = new() { Region = "eu-central-1" } }), Handler, TimeProvider.System))
        {
            Embeddings = Of(Vendor.Bedrock, "cohere.embed-multilingual-v3") with { EmbeddingDimensions = 1024 },
        },
        new("Gemini", "gemini", Of(Vendor.Google, "gemini-3-pro"), (sim, key) => GeminiProvider.ForKey(Settings(new Uri(sim, "v1beta/"), key), Handler(), TimeProvider.System))
        {
            Embeddings = Of(Vendor.Google, "gemini-embedding-001") with { EmbeddingDimensions = 8 },
        },
        new("Vertex AI", "vertex", Of(Vendor.Google, "gemini-2.5-flash"), (sim, key) => GeminiProvider.ForVertex(
            Settings(new Uri(sim, "v1/"), null, new() { Google = new() { Project = "p1", Location = "europe-west4" } }), Handler(), TimeProvider.System,
            new TokenAccess("sim", _ => ValueTask.FromResult(key))))
        {
            Embeddings = Of(Vendor.Google, "text-embedding-005") with { EmbeddingDimensions = 8 },
        },
        new("Hugging Face chat", "huggingface", Of(Vendor.HuggingFace, "openai/gpt-oss-20b"), HuggingFace),
        new("Hugging Face translation", "huggingface", Of(Vendor.HuggingFace, "Helsinki-NLP/opus-mt-en-es") with { Task = TextTask.Translation }, HuggingFace)
        {
            Api = TaskApis.Translation,
            TaskModel = new() { Sources = ["en"], Targets = ["es"] },
            OnlyAsks = "Translate into Spanish: The house is old.",
        },
        new("Hugging Face summarization", "huggingface", Of(Vendor.HuggingFace, "facebook/bart-large-cnn") with { Task = TextTask.Summarization }, HuggingFace)
        {
            Api = TaskApis.Summarization,
            TaskModel = new() { Sources = ["en"] },
            OnlyAsks = "Summarize the following text:\\n\\nThe house is old. It has a garden.",
        },
        new(
            "Hugging Face classification",
            "huggingface",
            Of(Vendor.HuggingFace, "cardiff/sentiment") with { Task = TextTask.TextClassification, Labels = ["LABEL_0", "LABEL_1"] },
            HuggingFace)
        {
            Api = TaskApis.Classification,
            TaskModel = new() { Labels = { ["LABEL_0"] = "negative", ["LABEL_1"] = "positive" } },
            OnlyAsks = "Classify the following review as positive or negative: The house is old.",
        },
        new(
            "Hugging Face extraction",
            "huggingface",
            Of(Vendor.HuggingFace, "dslim/bert-base-NER") with { Task = TextTask.TokenClassification, Labels = ["PER", "LOC"] },
            HuggingFace)
        {
            Api = TaskApis.Extraction,
            OnlyAsks = "Extract all people and locations from the following text: Ada met Grace in Paris.",
        },
    ];

    public IEnumerable<SimulatedModel> Models => Embeddings is { } embeddings ? [Model, embeddings] : [Model];

    /// <summary>The key that the stand-in lets in.</summary>
    public string Key => Model.ApiKeys[0];

    public ProviderCall Call(string body, string operation = "chat") => ProviderCalls.Call(body, operation) with
    {
        VendorModel = operation == "embeddings" ? Embeddings!.Name : Model.Name,
        Api = Api,
        TaskModel = TaskModel,
        MaxOutputTokens = 300,
    };

    private static SimulatedModel Of(Vendor vendor, string name) => new()
    {
        Name = name,
        Vendor = vendor,
        ContextWindow = 2_000,
        MaxOutputTokens = 500,
        Tokens = new() { Output = 40, CachedShare = 0.2 },
        Limits = vendor is Vendor.HuggingFace ? new() : new() { RequestsPerMinute = 1000 },
    };

    private static BedrockProvider Signed(Uri sim, string key) => new(
        Settings(sim, null, new() { Aws = new() { Region = "us-east-1", AccessKeyId = AccessKey, SecretAccessKey = new() { Env = "SECRET" } } }) with
        {
            // A wrong key is one that signs wrongly.
            ReadSecret = _ => key.Split(':')[^1],
        },
        Handler,
        TimeProvider.System);

    private static HuggingFaceProvider HuggingFace(Uri sim, string key) => new(Settings(new Uri(sim, "huggingface/"), key), Handler(), TimeProvider.System);

    private static ProviderSettings Settings(Uri address, string? key, ProviderOptions? source = null) =>
        new() { Account = "sim", ApiKey = key, BaseAddress = address, Source = source ?? new() };

    private static SocketsHttpHandler Handler() => VendorHttpHandler.Create(new ProviderSettings { Account = "sim" });

    private sealed class FixedToken(string token) : Azure.Core.TokenCredential
    {
        public override Azure.Core.AccessToken GetToken(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(token, DateTimeOffset.MaxValue);

        public override ValueTask<Azure.Core.AccessToken> GetTokenAsync(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}

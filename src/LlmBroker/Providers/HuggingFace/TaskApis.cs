namespace LlmBroker.Providers.HuggingFace;

/// <summary>The APIs of fine-tuned models for one task: values of <c>deployments.{name}.api</c>.</summary>
internal static class TaskApis
{
    public const string Translation = "translation";
    public const string Summarization = "summarization";
    public const string Classification = "classification";
    public const string Extraction = "extraction";

    public static IReadOnlyList<string> All { get; } = [Translation, Summarization, Classification, Extraction];

    public static bool Contains(string? api) => api is Translation or Summarization or Classification or Extraction;
}

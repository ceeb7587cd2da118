namespace LlmBroker.Routing;

/// <summary>What can be asked of a model, by its name on the wire.</summary>
internal static class RequestOperation
{
    public const string Chat = "chat";
    public const string Embeddings = "embeddings";
}

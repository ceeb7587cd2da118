using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using LlmBroker.Routing;

namespace LlmBroker.Tests.Routing;

/// <summary>Published requests as the router reads them.</summary>
internal static class Requests
{
    public const string Hello = """{ "messages": [{ "role": "user", "content": "Hello" }] }""";

    public static SubmitInference Message(string body = Hello) => new() { RequestId = "r1", Body = JsonSerializer.Deserialize<JsonElement>(body) };

    public static IncomingRequest Incoming(SubmitInference message) => new()
    {
        Message = message,
        RequestId = message.RequestId ?? "unidentified-0",
        Unidentified = message.RequestId is null,
        ReplyTo = null,
    };

    public static Delivery Delivery(string body, string? contentType = "application/json") => new()
    {
        Body = Encoding.UTF8.GetBytes(body),
        ContentType = contentType,
        RoutingKey = "default.standard",
    };
}

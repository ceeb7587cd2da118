using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Cli.Send;

/// <summary>What is asked, of whom, and for how long.</summary>
internal sealed record Question
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Text { get; init; }

    public string? System { get; init; }

    public string? Model { get; init; }

    public string? Policy { get; init; }

    public required string Lane { get; init; }

    public required string Tenant { get; init; }

    public required TimeSpan Timeout { get; init; }

    public SubmitInference ToRequest(string requestId, DateTimeOffset now) => new()
    {
        RequestId = requestId,
        Body = WriteBody(),
        Lane = Lane,
        Deadline = now + Timeout,
        Policy = Policy,
        Model = Model,
    };

    private JsonElement WriteBody()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("messages");
            if (System is not null)
                WriteMessage(writer, "system", System);
            WriteMessage(writer, "user", Text);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return JsonElement.Parse(output.WrittenSpan);
    }

    private static void WriteMessage(Utf8JsonWriter writer, string role, string content)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", content);
        writer.WriteEndObject();
    }
}

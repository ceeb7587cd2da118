using System.Text.Json;

namespace LlmBroker.Providers.Google;

/// <summary>Maps the probabilities of tokens: Google keeps the chosen tokens and the likeliest ones in two lists side by side.</summary>
internal static class GeminiLogprobs
{
    public static void Write(Utf8JsonWriter writer, JsonElement result)
    {
        var likeliest = result.Member("topCandidates") is { ValueKind: JsonValueKind.Array } top ? top.EnumerateArray().ToList() : [];
        writer.WriteStartObject();
        writer.WriteStartArray("content"u8);
        if (result.Member("chosenCandidates") is { ValueKind: JsonValueKind.Array } chosen)
            foreach (var (index, token) in chosen.EnumerateArray().Index())
            {
                writer.WriteStartObject();
                WriteToken(writer, token);
                writer.WriteStartArray("top_logprobs"u8);
                if (index < likeliest.Count && likeliest[index].Member("candidates") is { ValueKind: JsonValueKind.Array } others)
                    foreach (var other in others.EnumerateArray())
                    {
                        writer.WriteStartObject();
                        WriteToken(writer, other);
                        writer.WriteEndObject();
                    }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

        writer.WriteEndArray();
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter writer, JsonElement token)
    {
        writer.WriteString("token"u8, token.Text("token") ?? "");
        if (token.Member("logProbability") is { ValueKind: JsonValueKind.Number } probability)
            writer.WriteRaw("logprob"u8, probability);
        else
            // Left out where it is 0: the token was certain.
            writer.WriteNumber("logprob"u8, 0);
        writer.WriteNull("bytes"u8);
    }
}

using System.Text.Json;

namespace LlmBroker.Cli.Submit;

/// <summary>A usable line of the input.</summary>
/// <param name="CustomId">The producer's name for it, unique in the file.</param>
/// <param name="Operation"><c>chat</c> or <c>embeddings</c>.</param>
/// <param name="Body">The OpenAI request.</param>
internal sealed record InputLine(string CustomId, string Operation, JsonElement Body);

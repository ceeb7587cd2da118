using System.Text.Json;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>Writes the body of a task endpoint: <c>inputs</c> and the <c>parameters</c> of the task.</summary>
internal static class TaskRequest
{
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var buffer = new PooledBuffer(1024);
        if (TaskInput.Read(call.Body, call.Api!, call.TaskModel, faults) is not { } input)
            return buffer;

        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteString("inputs"u8, input.Text);
        var isText = call.Api is TaskApis.Translation or TaskApis.Summarization;
        if (input.SourceCode is not null || (input.MaxTokens is not null && isText) || call.TaskModel.ZeroShot || call.Api == TaskApis.Extraction)
            WriteParameters(writer, call, input, isText);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    private static void WriteParameters(Utf8JsonWriter writer, ProviderCall call, TaskInput input, bool isText)
    {
        writer.WriteStartObject("parameters"u8);
        if (input.SourceCode is { } source)
        {
            writer.WriteString("src_lang"u8, source);
            writer.WriteString("tgt_lang"u8, input.TargetCode);
        }

        if (isText && input.MaxTokens is { } most)
        {
            writer.WriteStartObject("generate_parameters"u8);
            writer.WriteRaw("max_new_tokens"u8, most);
            writer.WriteEndObject();
        }

        if (call.TaskModel.ZeroShot)
        {
            writer.WriteStartArray("candidate_labels"u8);
            foreach (var label in input.Labels)
                writer.WriteStringValue(label);
            writer.WriteEndArray();
        }

        if (call.Api == TaskApis.Extraction)
            // Whole names instead of pieces of words.
            writer.WriteString("aggregation_strategy"u8, "simple"u8);
        writer.WriteEndObject();
    }
}

using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Cli.Demo;

/// <summary>The bundled job: mixed requests in English, Chinese and others, and one for the model with the refused key.</summary>
internal static class DemoJob
{
    private const string Resource = "demo-job.jsonl";
    public const string Group = "demo";

    public const string LegacyRequestId = "legacy-001";

    public static IReadOnlyList<SubmitInference> Read()
    {
        using var stream = typeof(DemoJob).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the executable.");
        using var reader = new StreamReader(stream);
        var requests = new List<SubmitInference>();
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            requests.Add(new SubmitInference
            {
                RequestId = document.RootElement.GetProperty("custom_id").GetString(),
                Body = JsonSerializer.SerializeToElement(new { messages = document.RootElement.GetProperty("messages") }),
                GroupId = Group,
            });
        }

        requests.Add(new SubmitInference
        {
            RequestId = LegacyRequestId,
            Model = DemoVendors.Legacy,
            Body = JsonSerializer.SerializeToElement(new
            {
                messages = new[] { new { role = "user", content = "Summarize in one sentence: the old account still answers the nightly report." } },
            }),
            GroupId = Group,
        });
        return requests;
    }
}

using System.Text.RegularExpressions;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>The model in the path: an id, or the ARN of an inference profile or such.</summary>
internal static partial class BedrockModelId
{
    private const int MaxLength = 2_048;

    /// <summary>A slash of an ARN arrives encoded, and routing leaves it so.</summary>
    public static string Read(VendorRequest call) => Uri.UnescapeDataString(call.Route("modelId")!);

    public static bool IsValid(string id) => id.Length <= MaxLength && Form().IsMatch(id);

    [GeneratedRegex(@"\A(arn:aws(-[^:]+)?:(bedrock|sagemaker):[a-z0-9-]{1,20}:([0-9]{12})?:[a-zA-Z0-9.:/_-]+|[a-zA-Z0-9.:_-]+)\z")]
    private static partial Regex Form();
}

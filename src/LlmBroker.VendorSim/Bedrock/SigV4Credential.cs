using System.Text.RegularExpressions;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>What an <c>Authorization</c> header of AWS says.</summary>
/// <param name="Date">As in the scope: yyyyMMdd.</param>
/// <param name="SignedHeaders">In lower case and in the order they were signed in.</param>
internal sealed partial record SigV4Credential(
    string AccessKeyId, string Date, string Region, string Service, IReadOnlyList<string> SignedHeaders, string Signature)
{
    public string Scope => $"{Date}/{Region}/{Service}/aws4_request";

    /// <summary>Null when a part is missing or not of its form.</summary>
    public static SigV4Credential? Parse(string authorization)
    {
        var match = Header().Match(authorization);
        if (!match.Success)
            return null;
        return new SigV4Credential(
            match.Groups["id"].Value, match.Groups["date"].Value, match.Groups["region"].Value, match.Groups["service"].Value,
            match.Groups["headers"].Value.Split(';'), match.Groups["signature"].Value);
    }

    [GeneratedRegex(
        @"\AAWS4-HMAC-SHA256\s+Credential=(?<id>[^/,\s]+)/(?<date>\d{8})/(?<region>[^/,\s]+)/(?<service>[^/,\s]+)/aws4_request,\s*"
        + @"SignedHeaders=(?<headers>[a-z0-9;_-]+),\s*Signature=(?<signature>[0-9a-f]{64})\z")]
    private static partial Regex Header();
}

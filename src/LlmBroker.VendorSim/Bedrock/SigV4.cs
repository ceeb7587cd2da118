using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LlmBroker.Simulation.Calls;
using Microsoft.AspNetCore.Http.Features;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>
/// Recomputes the signature of a request as AWS does
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
/// </summary>
internal static class SigV4
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    private const string Service = "bedrock";
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(5);

    public static KeyCheck Check(Arrival call, IReadOnlySet<string> keys)
    {
        var headers = call.Http.Headers;
        if (SigV4Credential.Parse(headers.Authorization.ToString()) is not { } credential)
            return Refuse(BedrockErrors.IncompleteSignature(headers.Authorization.ToString()));
        if (Secret(keys, credential.AccessKeyId) is not (var key, var secret, var sessionToken))
            return Refuse(BedrockErrors.UnknownAccessKey());
        if (sessionToken != headers["X-Amz-Security-Token"].ToString())
            return Refuse(BedrockErrors.UnknownAccessKey());
        if (Unsigned(headers, credential) is { } unsigned)
            return Refuse(BedrockErrors.UnsignedHeader(unsigned));
        var date = headers["X-Amz-Date"].ToString();
        if (CheckDate(date, credential, call.At) is { } wrongDate)
            return Refuse(wrongDate);
        if (credential.Service != Service)
            return Refuse(BedrockErrors.WrongScope($"Credential should be scoped to correct service: '{Service}'."));

        var canonical = CanonicalRequest(call, credential);
        var toSign = $"{Algorithm}\n{date}\n{credential.Scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var expected = Encoding.ASCII.GetBytes(Hex(HMACSHA256.HashData(SigningKey(secret, credential), Encoding.UTF8.GetBytes(toSign))));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(credential.Signature))
            ? new KeyCheck(key, null)
            : Refuse(BedrockErrors.WrongSignature());
    }

    private static KeyCheck Refuse(Refusal refusal) => new(null, refusal);

    private static (string Key, string Secret, string SessionToken)? Secret(IReadOnlySet<string> keys, string accessKeyId)
    {
        foreach (var key in keys)
        {
            var parts = key.Split(':', 3);
            if (parts.Length > 1 && parts[0] == accessKeyId)
                return (key, parts[1], parts.Length > 2 ? parts[2] : "");
        }

        return null;
    }

    /// <summary>A header that has to be signed and is not: the host, the date and all that AWS reads.</summary>
    private static string? Unsigned(IHeaderDictionary headers, SigV4Credential credential) =>
        headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal))
            .FirstOrDefault(name => !credential.SignedHeaders.Contains(name));

    private static Refusal? CheckDate(string date, SigV4Credential credential, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(date, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt))
            return BedrockErrors.WrongScope($"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601");
        if (!date.StartsWith(credential.Date, StringComparison.Ordinal))
        {
            return BedrockErrors.WrongScope(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + $"'{credential.Date}' != '{date[..8]}', from '{date}'.");
        }

        return (now - signedAt).Duration() <= MaxClockSkew
            ? null
            : BedrockErrors.SignatureExpired(date, now.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture), isEarly: signedAt > now);
    }

    private static string CanonicalRequest(Arrival call, SigV4Credential credential)
    {
        var target = call.Http.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
        var text = new StringBuilder();
        // The path is encoded once more than it was sent, as everywhere but S3.
        text.Append(call.Http.Method).Append('\n')
            .Append(string.Join('/', path.Split('/').Select(Uri.EscapeDataString))).Append('\n')
            .Append(CanonicalQuery(query)).Append('\n');
        foreach (var name in credential.SignedHeaders)
        {
            var values = call.Http.Headers[name].Select(value => string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            text.Append(name).Append(':').AppendJoin(',', values).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', credential.SignedHeaders).Append('\n').Append(Hex(Hash(call.Body ?? default))).ToString();
    }

    private static string CanonicalQuery(string query) => string.Join('&', query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Recode(pair[0]), Value: Recode(pair.Length > 1 ? pair[1] : "")))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal)
        .ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Recode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static byte[] Hash(ReadOnlySequence<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in body)
            hash.AppendData(segment.Span);
        return hash.GetHashAndReset();
    }

    private static byte[] SigningKey(string secret, SigV4Credential credential)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (ReadOnlySpan<string>)[credential.Date, credential.Region, credential.Service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

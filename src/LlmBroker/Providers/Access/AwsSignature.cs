using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Auth;

namespace LlmBroker.Providers.Access;

/// <summary>
/// Signs a request as AWS wants it (Signature Version 4). The canonical request is written here, since the SDK's own takes only its own request type;
/// keys and signature come from the SDK.
/// </summary>
/// <param name="account">The account, for messages.</param>
/// <param name="credentials">Gives the keys of now.</param>
/// <param name="region">Region.</param>
/// <param name="service">Service, e.g. <c>bedrock</c>.</param>
/// <param name="time">What the signature is dated with.</param>
internal sealed class AwsSignature(
    string account, Func<CancellationToken, ValueTask<ImmutableCredentials>> credentials, string region, string service, TimeProvider time) : IVendorAccess
{
    public async ValueTask<ProviderResult?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ImmutableCredentials keys;
        try
        {
            keys = await credentials(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return TokenAccess.Refused(account, exception);
        }

        Sign(request, keys, region, service, time.GetUtcNow().UtcDateTime);
        return null;
    }

    /// <summary>Adds <c>X-Amz-Date</c>, the session's token where there is one, and <c>Authorization</c>.</summary>
    public static void Sign(HttpRequestMessage request, ImmutableCredentials keys, string region, string service, DateTime now)
    {
        var date = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", date);
        if (keys.UseToken)
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", keys.Token);

        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = request.Headers.Host ?? request.RequestUri!.Authority,
            ["x-amz-date"] = date,
        };
        if (keys.UseToken)
            headers.Add("x-amz-security-token", keys.Token);
        if (request.Content?.Headers.ContentType is { } type)
            headers.Add("content-type", type.ToString());

        var names = string.Join(';', headers.Keys);
        var canonical = new StringBuilder()
            .Append(request.Method.Method).Append('\n')
            .Append(CanonicalPath(request.RequestUri!)).Append('\n')
            .Append(request.RequestUri!.Query.TrimStart('?')).Append('\n');
        foreach (var (name, value) in headers)
            canonical.Append(name).Append(':').Append(value.Trim()).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(BodyOf(request))));

        var signature = AWS4Signer.ComputeSignature(keys, region, now, service, names, canonical.ToString());
        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
    }

    /// <summary>Each part of the path is encoded once more than it is on the wire: all services but S3 want that.</summary>
    private static string CanonicalPath(Uri address) => string.Join('/', address.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static ReadOnlySpan<byte> BodyOf(HttpRequestMessage request) => request.Content switch
    {
        null => default,
        VendorRequestContent content => content.Bytes,
        var other => throw new InvalidOperationException($"A body of type {other.GetType().Name} cannot be signed."),
    };
}

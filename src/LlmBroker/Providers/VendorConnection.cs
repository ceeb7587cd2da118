using System.Net;

namespace LlmBroker.Providers;

/// <summary>Makes the HTTP calls of one provider account: one call each time, whatever comes of it. Knows transport, not vendors.</summary>
/// <remarks>
/// An <see cref="HttpMessageInvoker"/> because <see cref="HttpClient"/> adds only what is not wanted here: a timeout (the pipeline owns time),
/// headers copied under a lock, and a linked token source per call.
/// </remarks>
internal sealed class VendorConnection : IDisposable
{
    /// <summary>An answer beyond this is not read: no model writes that much.</summary>
    public const int MaxAnswerBytes = 64 * 1024 * 1024;

    private const int InitialBuffer = 16 * 1024;
    private static readonly string s_userAgent = $"LlmBroker/{typeof(VendorConnection).Assembly.GetName().Version?.ToString(3)}";

    private readonly HttpMessageInvoker _http;
    private readonly Uri _baseAddress;
    private readonly string? _host;

    /// <param name="settings">The account.</param>
    /// <param name="vendorAddress">The vendor's own address.</param>
    /// <param name="handler">Owned by this connection from now on.</param>
    public VendorConnection(ProviderSettings settings, string vendorAddress, HttpMessageHandler handler)
    {
        if (settings.ApiKey is { } key && (key.Length == 0 || key.AsSpan().ContainsAnyExceptInRange('!', '~')))
            throw new InvalidOperationException(
                $"The API key of provider account '{settings.Account}' is empty or holds a space, a line break or a letter outside ASCII. Check its source.");

        _http = new HttpMessageInvoker(handler, disposeHandler: true);
        _baseAddress = settings.BaseAddress ?? new Uri(vendorAddress);
        // SocketsHttpHandler takes the name for SNI and for the certificate from the Host header only.
        if (settings.Tls.ServerName is not { } name)
            return;
        if (Uri.CheckHostName(name) == UriHostNameType.Unknown)
            throw new InvalidOperationException($"The TLS server name '{name}' of provider account '{settings.Account}' is not the name of a host.");
        _host = _baseAddress.IsDefaultPort ? name : $"{name}:{_baseAddress.Port}";
    }

    /// <summary>A POST to <paramref name="path"/> below the base address, without credentials.</summary>
    public HttpRequestMessage CreateRequest(string path, Guid attemptId, VendorRequestContent content)
    {
        var request = Create(HttpMethod.Post, path);
        request.Content = content;
        request.Headers.TryAddWithoutValidation("X-LlmBroker-Attempt-Id", attemptId.ToString());
        return request;
    }

    /// <summary>A GET of what costs nothing, without credentials.</summary>
    public HttpRequestMessage CreateQuestion(string path) => Create(HttpMethod.Get, path);

    private HttpRequestMessage Create(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(_baseAddress, path))
        {
            Version = HttpVersion.Version11,
            // HTTP/2 where the server offers it by ALPN.
            VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
        };
        request.Headers.Host = _host;
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", s_userAgent);
        return request;
    }

    /// <summary>Sends and reads the answer to its end.</summary>
    public async Task<VendorAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            // A call that is torn down may fail before it notices that it was cancelled.
            cancellationToken.ThrowIfCancellationRequested();
            return VendorAnswer.Lost(Classify(e.HttpRequestError), Describe(e.HttpRequestError));
        }
        catch (IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return VendorAnswer.Lost(ProviderError.ConnectionLost, Describe(HttpRequestError.Unknown));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && e.InnerException is TimeoutException)
        {
            // This is how SocketsHttpHandler reports its ConnectTimeout.
            return VendorAnswer.Lost(ProviderError.ConnectionFailed, "The vendor could not be reached: no connection within the connect timeout.");
        }

        return await ReadAsync(response, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<VendorAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var declared = response.Content.Headers.ContentLength;
        if (declared > MaxAnswerBytes)
            return VendorAnswer.TooLarge(response);

        // One byte more than declared, so that the end is seen without growing.
        var buffer = new PooledBuffer((int)(declared + 1 ?? InitialBuffer));
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (await stream.ReadAsync(buffer.GetMemory(), cancellationToken) is var count and > 0)
            {
                buffer.Advance(count);
                if (buffer.Length > MaxAnswerBytes)
                {
                    buffer.Dispose();
                    return VendorAnswer.TooLarge(response);
                }
            }

            return VendorAnswer.Complete(response, buffer);
        }
        catch (Exception e) when ((e is IOException or HttpRequestException or InvalidDataException) && !cancellationToken.IsCancellationRequested)
        {
            buffer.Dispose();
            return VendorAnswer.Cut(response);
        }
        catch
        {
            buffer.Dispose();
            response.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    // Everything that is not certain to have happened before the first byte of the request went out counts as lost: the vendor may have worked.
    private static ProviderError Classify(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError
            or HttpRequestError.VersionNegotiationError => ProviderError.ConnectionFailed,
        _ => ProviderError.ConnectionLost,
    };

    // Our words, not the exception's: those may carry addresses of the inner network.
    private static string Describe(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "The vendor could not be reached: its host name does not resolve.",
        HttpRequestError.ConnectionError => "The vendor could not be reached: the connection was refused or there is no way to it.",
        HttpRequestError.SecureConnectionError => "The vendor could not be reached: TLS failed. Check the certificates and the server name.",
        HttpRequestError.ProxyTunnelError => "The vendor could not be reached: the proxy refused the tunnel.",
        HttpRequestError.VersionNegotiationError => "The vendor could not be reached: no common HTTP version.",
        HttpRequestError.ResponseEnded => "The connection to the vendor ended before its answer was complete.",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => "The connection to the vendor broke: its answer was not valid HTTP.",
        _ => "The connection to the vendor broke after the request was sent.",
    };
}

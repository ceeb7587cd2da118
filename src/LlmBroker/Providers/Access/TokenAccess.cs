using System.Net.Sockets;

namespace LlmBroker.Providers.Access;

/// <summary>A token of the vendor's sign-in service, which its own library fetches, keeps and renews.</summary>
/// <param name="account">The account, for messages.</param>
/// <param name="read">Gives the token of now.</param>
internal sealed class TokenAccess(string account, Func<CancellationToken, ValueTask<string>> read) : IVendorAccess
{
    public async ValueTask<ProviderResult?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {await read(cancellationToken)}");
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Refused(account, exception);
        }
    }

    /// <summary>
    /// No credentials: the sign-in service could not be reached, which passes, or it or this machine had none to give, which an operator must change.
    /// Its words are left out, since they may name tenants and paths.
    /// </summary>
    public static ProviderResult Refused(string account, Exception exception) => IsAway(exception)
        ? new ProviderResult { Error = ProviderError.ConnectionFailed, ErrorMessage = $"The sign-in service of provider account '{account}' could not be reached." }
        : new ProviderResult
        {
            Error = ProviderError.KeyRefused,
            ErrorMessage = $"Provider account '{account}' got no credentials ({exception.GetType().Name}). Check its credentials with 'llmbroker doctor'.",
        };

    private static bool IsAway(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is SocketException or TimeoutException or HttpRequestException { StatusCode: null or >= System.Net.HttpStatusCode.InternalServerError })
                return true;
        return false;
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using LlmBroker.Messaging;

namespace LlmBroker.Cli.Tenants;

/// <summary>RabbitMQ's management API, as far as tenants need it.</summary>
internal sealed class ManagementApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;

    public ManagementApi(Uri address, (string User, string Password) credentials)
    {
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Patience };
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}")));
    }

    /// <returns>Whether RabbitMQ knows the user; or what was refused and why.</returns>
    public async Task<(bool IsThere, string? Refusal)> FindUserAsync(string user, CancellationToken cancellationToken)
    {
        var path = $"api/users/{Uri.EscapeDataString(user)}";
        try
        {
            using var answer = await http.GetAsync(path, cancellationToken);
            return answer.StatusCode == HttpStatusCode.NotFound ? (false, null) : (true, RefusalOf("GET", path, answer));
        }
        catch (HttpRequestException exception)
        {
            return (false, $"GET {path}: {exception.Message}");
        }
    }

    /// <returns>Null, or what was refused and why.</returns>
    public Task<string?> MakeUserAsync(TenantAccess access, CancellationToken cancellationToken) =>
        PutAsync($"api/users/{Uri.EscapeDataString(access.User)}", new { password = access.Password, tags = "" }, cancellationToken);

    /// <returns>Null, or what was refused and why.</returns>
    public async Task<string?> GrantAsync(TenantAccess access, CancellationToken cancellationToken)
    {
        var host = Uri.EscapeDataString(access.VirtualHost);
        var user = Uri.EscapeDataString(access.User);
        return await PutAsync($"api/permissions/{host}/{user}", new { configure = access.Configure, write = access.Write, read = access.Read }, cancellationToken)
            ?? await PutAsync($"api/topic-permissions/{host}/{user}", new { exchange = BrokerTopology.Requests, write = access.Keys, read = "^$" }, cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private async Task<string?> PutAsync(string path, object document, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.PutAsJsonAsync(path, document, cancellationToken);
            return RefusalOf("PUT", path, answer);
        }
        catch (HttpRequestException exception)
        {
            return $"PUT {path}: {exception.Message}";
        }
    }

    private static string? RefusalOf(string method, string path, HttpResponseMessage answer) =>
        answer.IsSuccessStatusCode ? null : $"{method} {path}: {(int)answer.StatusCode} {answer.ReasonPhrase}";
}

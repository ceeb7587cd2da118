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

    /// <returns>Null, or what was refused and why.</returns>
    public async Task<string?> GrantAsync(TenantAccess access, CancellationToken cancellationToken)
    {
        var host = Uri.EscapeDataString(access.VirtualHost);
        var user = Uri.EscapeDataString(access.User);
        return await PutAsync($"api/users/{user}", new { password = access.Password, tags = "" }, cancellationToken)
            ?? await PutAsync($"api/permissions/{host}/{user}", new { configure = access.Configure, write = access.Write, read = access.Read }, cancellationToken)
            ?? await PutAsync($"api/topic-permissions/{host}/{user}", new { exchange = BrokerTopology.Requests, write = access.Keys, read = "^$" }, cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private async Task<string?> PutAsync(string path, object document, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.PutAsJsonAsync(path, document, cancellationToken);
            return answer.IsSuccessStatusCode ? null : $"PUT {path}: {(int)answer.StatusCode} {answer.ReasonPhrase}";
        }
        catch (HttpRequestException exception)
        {
            return $"PUT {path}: {exception.Message}";
        }
    }
}

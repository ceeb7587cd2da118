using System.Net;
using System.Text;

namespace LlmBroker.Tests.Providers;

/// <summary>A vendor in place of the network: keeps what was sent and answers what it was told.</summary>
internal sealed class StubVendor(Func<HttpResponseMessage> answer) : HttpMessageHandler
{
    public Uri? Address { get; private set; }
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);
    public string Body { get; private set; } = "";
    public int Calls { get; private set; }

    public static StubVendor Answering(string body, HttpStatusCode status = HttpStatusCode.OK, params (string Name, string Value)[] headers) => new(() =>
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            response.Headers.TryAddWithoutValidation(name, value);
        return response;
    });

    public static StubVendor Throwing(Exception exception) => new(() => throw exception);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls++;
        Address = request.RequestUri;
        foreach (var (name, values) in request.Headers.NonValidated)
            Headers[name] = values.ToString();
        Body = await request.Content!.ReadAsStringAsync(cancellationToken);
        return answer();
    }
}

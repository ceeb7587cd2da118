using System.Text;
using LlmBroker.Simulation.CallLog;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmBroker.Simulation.Calls;

/// <summary>
/// Takes one vendor call from its body to its answer. The call's log line is with the operating system before the answer's first byte goes out.
/// </summary>
internal sealed class CallEndpoint(CallPlanner planner, CallLogWriter log, TimeProvider time, IHostApplicationLifetime lifetime)
{
    // Anthropic's documented limit; OpenAI's is not far from it.
    private const long MaxBodyLength = 32 * 1024 * 1024;

    public async Task HandleAsync(HttpContext http, IVendorOperation operation)
    {
        var plan = await PlanAsync(http, operation);
        try
        {
            // The wait runs beside the write: what is planned as 0 ms costs no more than the write.
            var logged = log.AppendAsync(plan.Call);
            if (plan.Headers.Latency > TimeSpan.Zero)
                await WaitAsync(plan.Headers.Latency, http);
            await logged;
            await DeliverAsync(http, operation.Protocol, plan);
        }
        catch (OperationCanceledException) when (IsOver(http))
        {
            http.Abort();
        }
        finally
        {
            plan.Slot?.Leave();
        }
    }

    private bool IsOver(HttpContext http) => http.RequestAborted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested;

    private async Task<CallPlan> PlanAsync(HttpContext http, IVendorOperation operation)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            var isTooLarge = read.Buffer.Length > MaxBodyLength;
            if (read.IsCompleted || isTooLarge)
            {
                // The plan keeps nothing of the body, so that its memory is free while the call waits.
                var plan = planner.Plan(http.Request, operation, isTooLarge ? null : read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return plan;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task WaitAsync(TimeSpan duration, HttpContext http)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        await Task.Delay(duration, time, over.Token);
    }

    private async Task DeliverAsync(HttpContext http, IVendorProtocol protocol, CallPlan plan)
    {
        switch (plan.Delivery)
        {
            case Delivery.Never:
                await WaitAsync(Timeout.InfiniteTimeSpan, http);
                break;
            case Delivery.Reset:
                http.Abort();
                break;
            case Delivery.HeadersThenReset:
                Prepare(http, protocol, plan);
                await SendHeadersThenResetAsync(http);
                break;
            case Delivery.HalfBody:
                Prepare(http, protocol, plan);
                // Kestrel closes a connection whose answer ends short of its Content-Length, after it has sent what there is.
                await http.Response.BodyWriter.WriteAsync(plan.Body.AsMemory(0, plan.Body.Length / 2), http.RequestAborted);
                break;
            default:
                Prepare(http, protocol, plan);
                await http.Response.BodyWriter.WriteAsync(plan.Body, http.RequestAborted);
                break;
        }
    }

    private static void Prepare(HttpContext http, IVendorProtocol protocol, CallPlan plan)
    {
        http.Response.StatusCode = plan.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = plan.Body.Length;
        protocol.WriteHeaders(http.Response.Headers, plan.Headers);
    }

    /// <summary>
    /// Straight to the socket: an abort overtakes what is still in the server's own buffers, so headers sent the usual way might never leave.
    /// </summary>
    private static async Task SendHeadersThenResetAsync(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            var status = http.Response.StatusCode;
            var head = new StringBuilder($"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\n");
            foreach (var (name, value) in http.Response.Headers)
                head.Append($"{name}: {value}\r\n");
            await socket.SendAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), http.RequestAborted);
        }

        http.Abort();
    }
}

using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmBroker.Cli.Serve;

/// <summary>The host of <c>serve</c> and <c>demo</c>: the broker's roles and the health endpoints.</summary>
internal static class BrokerHost
{
    public static WebApplication Build(BrokerConfiguration configuration, BrokerRoles roles, string urls, LogLevel minimum = LogLevel.Information)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(urls);
        builder.Logging.SetMinimumLevel(minimum);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", Max(minimum, LogLevel.Warning));
        builder.Logging.AddFilter("MassTransit", Max(minimum, LogLevel.Warning));
        // Faults of a delivery or a send are handled and logged where they happen; the transport would log each once more, with its stack.
        builder.Logging.AddFilter("MassTransit.ReceiveTransport", LogLevel.None);
        builder.Services.AddBroker(configuration, roles);
        builder.Services.AddHealthChecks().AddCheck<LedgerHealthCheck>("ledger").AddCheck<RabbitMqHealthCheck>("rabbitmq");

        var app = builder.Build();
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new() { ResponseWriter = WriteAsync });
        return app;
    }

    /// <summary>The status, then a line for each part that is not well.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var faults = report.Entries
            .Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => $"{entry.Key}: {entry.Value.Description ?? entry.Value.Exception?.Message}");
        return context.Response.WriteAsync(string.Join('\n', [report.Status.ToString(), .. faults]), context.RequestAborted);
    }

    private static LogLevel Max(LogLevel a, LogLevel b) => a > b ? a : b;
}

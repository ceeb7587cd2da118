using LlmBroker.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Benchmarks;

/// <summary>(a): router and worker as <c>serve</c> runs them.</summary>
internal static class OursProcess
{
    public static Task<int> RunAsync(string configurationFile) => RunAsync(configurationFile, BrokerRoles.All);

    public static async Task<int> RunAsync(string configurationFile, BrokerRoles roles)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        builder.Services.AddBroker(
            BrokerConfiguration.Load(configurationFile, new HashSet<string> { "openai" }, ConfigurationNeeds.All), roles);
        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        await host.StopAsync();
        return 0;
    }
}

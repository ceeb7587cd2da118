using LlmBroker.Simulation.CallLog;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.Simulation;

/// <summary>
/// A stand-in for the vendors on a port of its own: their wire protocols, quotas, latencies and faults, and a log of every call to
/// reconcile with. Thread-safe.
/// </summary>
public sealed class VendorSim : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ModelCatalog _catalog;
    private readonly RecentCalls _recent;

    private VendorSim(WebApplication app, Uri address)
    {
        _app = app;
        _catalog = app.Services.GetRequiredService<ModelCatalog>();
        _recent = app.Services.GetRequiredService<RecentCalls>();
        Address = address;
    }

    /// <summary>Where it listens; base address of all vendors; <see cref="Vendor"/> has their paths.</summary>
    public Uri Address { get; }

    /// <summary>The latest 10,000 calls, oldest first.</summary>
    public IReadOnlyList<VendorCall> Calls => _recent.Since(0);

    /// <summary>Starts to listen.</summary>
    /// <exception cref="InvalidModelsException">The models cannot be used.</exception>
    public static async Task<VendorSim> StartAsync(VendorSimOptions options, CancellationToken cancellationToken = default)
    {
        var app = Build(options);
        try
        {
            if (options.ModelsFile is null)
                app.Services.GetRequiredService<ModelCatalog>().ReplaceAll(options.Models);
            else
                app.Services.GetRequiredService<ModelsFileWatch>().Load();
            await app.StartAsync(cancellationToken);
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            return new VendorSim(app, new Uri(addresses.First()));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a model, or replaces the one of its name and arms its faults anew.</summary>
    /// <exception cref="InvalidModelsException">The model cannot be used; nothing was changed.</exception>
    public void Configure(SimulatedModel model) => _catalog.Put(model);

    /// <summary>Replaces all models.</summary>
    /// <exception cref="InvalidModelsException">The models cannot be used; nothing was changed.</exception>
    public void ConfigureAll(IReadOnlyList<SimulatedModel> models) => _catalog.ReplaceAll(models);

    /// <summary>Stops: calls that wait or hang are cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(VendorSimOptions options)
    {
        if (options is { ModelsFile: not null, Models.Count: > 0 })
            throw new ArgumentException("Set ModelsFile or Models, not both.", nameof(options));

        // Empty: inside another process it must not read that process's environment, arguments or settings.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Limit).UseUrls([.. options.Urls]);
        var services = builder.Services;
        services.AddRoutingCore();
        services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        services.AddSingleton(options.LoggerFactory ?? NullLoggerFactory.Instance);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton(new ModelCatalog(options.Seed, options.TimeProvider));
        services.AddSingleton<RecentCalls>();
        services.AddSingleton(provider => new CallLogWriter(options.CallLogFile, provider.GetRequiredService<RecentCalls>()));
        services.AddSingleton(provider => new CallPlanner(provider.GetRequiredService<ModelCatalog>(), options.Seed, options.TimeProvider));
        services.AddSingleton<CallEndpoint>();
        if (options.ModelsFile is { } path)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ModelsFileWatch>(provider, path));
            services.AddHostedService(provider => provider.GetRequiredService<ModelsFileWatch>());
        }

        var app = builder.Build();
        app.MapVendors();
        app.MapSim();
        return app;
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // The endpoint has its own limit, and answers in the vendor's words.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }
}

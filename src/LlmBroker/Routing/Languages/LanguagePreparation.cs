using LlmBroker.Configuration;
using Microsoft.Extensions.Hosting;

namespace LlmBroker.Routing.Languages;

/// <summary>Loads the models of the language detector while the process starts, where a policy asks for languages: else its first translations would go without.</summary>
internal sealed class LanguagePreparation(LiveConfiguration live, LanguageDetector languages) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        live.Options.Policies.Values.Any(policy => policy.AsksForLanguages) ? languages.PrepareAsync() : Task.CompletedTask;
}

using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Routes;

/// <summary>What the ledger holds of a time, and the model that runs.</summary>
/// <param name="Since">Accepted at or after.</param>
/// <param name="Until">Accepted before.</param>
/// <param name="Examples">Labelled requests, oldest first.</param>
/// <param name="Mix">The kind of work and the features of the youngest requests, labelled or not.</param>
/// <param name="ModelFile">The running model's, with the operators' overrides; null: the one that comes with this version.</param>
internal sealed record LedgerTraffic(
    DateTimeOffset Since,
    DateTimeOffset Until,
    IReadOnlyList<LedgerExample> Examples,
    IReadOnlyList<(string? Task, StoredFeatures Features)> Mix,
    string? ModelFile)
{
    private const int MostOfMix = 10_000;

    /// <exception cref="InvalidDataException">Features of a request are damaged; it says whose.</exception>
    public static async Task<LedgerTraffic> ReadAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger);
        await using var services = LedgerServices.Open(configuration);
        var now = TimeProvider.System.GetUtcNow();
        var (since, until) = (arguments.GetValue(LedgerArguments.Since) ?? now.AddDays(-30), arguments.GetValue(LedgerArguments.Until) ?? now);
        var queries = services.GetRequiredService<LearningQueries>();
        var examples = new List<LedgerExample>();
        await foreach (var example in queries.ReadAsync(since, until, cancellationToken))
            examples.Add(example);

        return new LedgerTraffic(
            since,
            until,
            examples,
            await queries.ReadMixAsync(since, until, MostOfMix, cancellationToken),
            (await LedgerServices.ReadOptionsInForceAsync(services, configuration, cancellationToken)).Routing.ModelFile);
    }

    /// <exception cref="InvalidDataException">The configured file is no model; it says what to do.</exception>
    public RoutingModel LoadRunning()
    {
        try
        {
            return RoutingModelFile.Load(ModelFile);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException(
                $"routing.modelFile: {exception.Message} Name a file that is a model, or take it out: without it the model that comes with this version runs.", exception);
        }
    }
}

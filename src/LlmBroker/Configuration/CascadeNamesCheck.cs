using LlmBroker.Cascade;
using Microsoft.Extensions.Hosting;

namespace LlmBroker.Configuration;

/// <summary>Lets no worker start whose cascades name a validator that nobody registered: it would pass every answer. A router needs none of them.</summary>
internal sealed class CascadeNamesCheck(BrokerConfiguration configuration, BrokerRoles roles, IEnumerable<CompletionValidatorType> validators) : IHostedService
{
    /// <exception cref="BrokerConfigurationException">There are such names; it holds all of them.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!roles.HasFlag(BrokerRoles.Worker))
            return Task.CompletedTask;
        var faults = PolicyValidator.FindUnknownValidators(configuration.Options, [.. validators.Select(validator => validator.Name)]);
        return faults.Count == 0 ? Task.CompletedTask : throw new BrokerConfigurationException(configuration.Source, faults);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using System.Net.Sockets;
using LlmBroker.Configuration;
using LlmBroker.Providers;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Doctor;

/// <summary>Each provider account: its host answers, and the vendor takes its credentials. Only lists are asked for, which no vendor charges.</summary>
internal static class ProviderCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<Finding> RunAsync(string account, ProviderOptions options, SecretResolver secrets, CancellationToken cancellationToken)
    {
        var check = $"provider {account}";
        if (options.ApiKey is { } key && secrets.FindFault(key) is { } fault)
            return Finding.Fault(check, fault, "Nothing was asked of the vendor.");

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            var services = new ServiceCollection();
            services.AddBuiltInModelProviders();
            await using var provider = services.BuildServiceProvider();
            using var accounts = ProviderAccounts.Create(
                new Dictionary<string, ProviderOptions> { [account] = options },
                provider.GetServices<ModelProviderType>(),
                secret => secrets.Resolve(secret)!.Reveal(),
                provider);
            return accounts[account] is IAccountCheck checkable
                ? Describe(check, options, await checkable.CheckAsync(timeout.Token))
                : await ConnectAsync(check, options, timeout.Token);
        }
        catch (InvalidOperationException exception)
        {
            return options.BaseUrl is null
                ? Finding.Warning(check, exception.Message, "A plug-in's account without a baseUrl is not checked; a built-in one needs what is said here.")
                : await ConnectAsync(check, options, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Fault(check, $"the vendor does not answer within {Patience.TotalSeconds:0} s", "Check baseUrl and the firewall.");
        }
    }

    private static Finding Describe(string check, ProviderOptions options, ProviderResult answer) => answer switch
    {
        { Error: null } when options.ApiKey is null && IsKeyed(options) =>
            Finding.Warning(check, "the vendor answers; no API key is configured", "Set apiKey unless the vendor needs none."),
        { Error: null } => Finding.Ok(check, "the vendor answers and takes the credentials"),
        { Error: ProviderError.ConnectionFailed or ProviderError.ConnectionLost } =>
            Finding.Fault(check, answer.ErrorMessage!, "Check baseUrl, name resolution, certificates and the firewall."),
        // No such list there, which says nothing about the credentials.
        { HttpStatus: 404 or 405 or 501 } when options.ApiKey is null && IsKeyed(options) =>
            Finding.Warning(check, "the host answers; no API key is configured", "Set apiKey unless the vendor needs none."),
        { HttpStatus: 404 or 405 or 501 } => Finding.Ok(check, "the host answers; it lists no models, so the key was not tried"),
        { Error: ProviderError.KeyRefused } => Finding.Fault(check, answer.ErrorMessage!, "Check the key, its rights, and region, project or tenant."),
        _ => Finding.Warning(check, answer.ErrorMessage ?? $"{answer.Error}", "The vendor answers, though not well; try again later."),
    };

    private static bool IsKeyed(ProviderOptions options) => options.Type.ToLowerInvariant() is not ("bedrock" or "vertex") && options.Azure.Credential is null;

    /// <summary>For a plug-in's account: somebody listens.</summary>
    private static async Task<Finding> ConnectAsync(string check, ProviderOptions options, CancellationToken cancellationToken)
    {
        if (options.BaseUrl is not { } address)
            return Finding.Ok(check, "a plug-in's, without an address to try");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, cancellationToken);
            return Finding.Ok(check, $"{address.Host}:{address.Port} answers");
        }
        catch (SocketException exception)
        {
            return Finding.Fault(check, $"{address.Host}:{address.Port}: {exception.Message}", "Check baseUrl, name resolution and the firewall.");
        }
    }
}

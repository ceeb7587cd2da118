using LlmBroker.Routing.Prediction;

namespace LlmBroker.Configuration;

/// <summary>Checks what the configuration refers to outside itself: secrets and certificate files, where they are needed.</summary>
internal static class ReferenceValidator
{
    public static IEnumerable<ConfigurationFinding> Validate(BrokerOptions options, SecretResolver secrets, ConfigurationNeeds needs)
    {
        var faults = new FindingList();
        if (needs.HasFlag(ConfigurationNeeds.Messaging) && !options.RabbitMq.InMemory)
        {
            CheckSecret("rabbitMq.password", options.RabbitMq.Password, secrets, faults);
            CheckTls("rabbitMq.tls", options.RabbitMq.Tls, faults);
        }

        if (needs.HasFlag(ConfigurationNeeds.Ledger) && options.Ledger.Postgres is not null)
            CheckSecret("ledger.password", options.Ledger.Password, secrets, faults);

        if (needs.HasFlag(ConfigurationNeeds.Routing) && options.Routing.ModelFile is { } file)
            CheckModel("routing.modelFile", file, faults);

        if (needs.HasFlag(ConfigurationNeeds.Vendors))
        {
            foreach (var (name, provider) in options.Providers)
            {
                // An account that no deployment uses may wait for its key.
                if (!options.Deployments.Values.Any(deployment => deployment.Provider == name))
                    continue;
                var path = ConfigurationPath.Of("providers", name);
                CheckSecret($"{path}.apiKey", provider.ApiKey, secrets, faults);
                CheckSecret($"{path}.azure.clientSecret", provider.Azure.ClientSecret, secrets, faults);
                CheckSecret($"{path}.aws.secretAccessKey", provider.Aws.SecretAccessKey, secrets, faults);
                CheckSecret($"{path}.aws.sessionToken", provider.Aws.SessionToken, secrets, faults);
                CheckFile($"{path}.google.credentialsFile", provider.Google.CredentialsFile, faults);
                foreach (var (index, key) in provider.ApiKeys.Index())
                    CheckSecret($"{path}.apiKeys[{index}]", key, secrets, faults);
                CheckTls($"{path}.tls", provider.Tls, faults);
            }
        }

        return faults;
    }

    private static void CheckModel(string path, string file, FindingList faults)
    {
        try
        {
            RoutingModelFile.Load(file);
        }
        catch (InvalidDataException exception)
        {
            faults.Add(path, $"{exception.Message} Make one with llmbroker route train, or leave it out");
        }
    }

    private static void CheckSecret(string path, SecretOptions? secret, SecretResolver secrets, FindingList faults)
    {
        var member = secret switch
        {
            { Env: { } name, File: null, KeyVault: null } when !string.IsNullOrWhiteSpace(name) => "env",
            { Env: null, File: { } file, KeyVault: null } when !string.IsNullOrWhiteSpace(file) => "file",
            { Env: null, File: null, KeyVault: { } vault } when KeyVaultReader.Parse(vault) is not null => "keyVault",
            // What is not complete, other rules report.
            _ => null,
        };
        if (member is not null && secrets.FindFault(secret!) is { } fault)
            faults.Add($"{path}.{member}", fault);
    }

    private static void CheckTls(string path, TlsOptions tls, FindingList faults)
    {
        CheckFile($"{path}.caFile", tls.CaFile, faults);
        CheckFile($"{path}.certificateFile", tls.CertificateFile, faults);
        CheckFile($"{path}.keyFile", tls.KeyFile, faults);
    }

    private static void CheckFile(string path, string? file, FindingList faults)
    {
        if (file is not null && !File.Exists(file))
            faults.Add(path, $"the file '{file}' does not exist; create or mount it");
    }
}

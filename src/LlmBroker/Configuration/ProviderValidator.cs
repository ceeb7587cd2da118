using LlmBroker.Providers;
using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Configuration;

/// <summary>Rules for what the built-in kinds of accounts need, and for the APIs that deployments call.</summary>
internal static class ProviderValidator
{
    private static readonly string[] AzureCredentials = ["default", "client-secret", "managed-identity"];

    public static void Check(ProviderOptions provider, string path, FindingList faults)
    {
        faults.Secret($"{path}.azure.clientSecret", provider.Azure.ClientSecret);
        faults.Secret($"{path}.aws.secretAccessKey", provider.Aws.SecretAccessKey);
        faults.Secret($"{path}.aws.sessionToken", provider.Aws.SessionToken);
        switch (provider.Type.ToLowerInvariant())
        {
            case "azure-openai":
                CheckAzure(provider, path, faults);
                break;
            case "bedrock" when (provider.Aws.AccessKeyId is null) != (provider.Aws.SecretAccessKey is null):
                faults.Add($"{path}.aws", "accessKeyId and secretAccessKey belong together; give both, or neither for AWS's own search");
                break;
            case "vertex" when string.IsNullOrWhiteSpace(provider.Google.Project):
                faults.Add($"{path}.google.project", "is missing; write the project that pays for Vertex AI");
                break;
            case "huggingface-endpoint" when provider.BaseUrl is null:
                faults.Add($"{path}.baseUrl", "is missing; write the address of the dedicated endpoint");
                break;
        }
    }

    public static void CheckApi(DeploymentOptions deployment, string path, string? type, FindingList faults)
    {
        var task = deployment.TaskModel;
        if (type is not null && VendorTypes.ApisOf(type) is { Count: > 0 } apis && !apis.Contains(deployment.Api ?? VendorTypes.Chat))
            faults.Add($"{path}.api", $"'{deployment.Api ?? VendorTypes.Chat}' is no API of type '{type}'; write one of {ValueText.ListOf(apis.Order(StringComparer.Ordinal))}");
        if (deployment.Api == TaskApis.Translation && task.Targets.Count == 0)
            faults.Add($"{path}.taskModel.targets", "is empty; write the languages that the model translates into, such as [\"es\"]");
        if (deployment.Api == TaskApis.Classification && task is { ZeroShot: false, Labels.Count: 0 })
            faults.Add($"{path}.taskModel.labels", "is empty; write what the model answers with in people's words, or set zeroShot");
        foreach (var language in task.Sources.Concat(task.Targets).Where(language => language.Length is < 2 or > 10 || language != language.Trim()).Distinct())
            faults.Add($"{path}.taskModel", $"'{language}' is no language; write ISO 639-1 such as en");
        if (task.LanguageCodes.Count > 0)
            foreach (var language in task.Sources.Concat(task.Targets).Distinct().Where(language => !task.LanguageCodes.ContainsKey(language)))
                faults.Add($"{path}.taskModel.languageCodes", $"has no entry for '{language}'; add what the model calls it");
    }

    private static void CheckAzure(ProviderOptions provider, string path, FindingList faults)
    {
        var azure = provider.Azure;
        if (provider.BaseUrl is null)
            faults.Add($"{path}.baseUrl", "is missing; write that of the resource, such as https://name.openai.azure.com/");
        if (azure.Credential is null && provider.ApiKey is null)
            faults.Add($"{path}.apiKey", "is missing; give a key, or azure.credential to sign in at Entra ID");
        if (azure.Credential is { } credential && !AzureCredentials.Contains(credential))
            faults.Add($"{path}.azure.credential", $"'{credential}' is not known; write one of {string.Join(", ", AzureCredentials)}");
        if (azure.Credential == "client-secret" && (azure.TenantId is null || azure.ClientId is null || azure.ClientSecret is null))
            faults.Add($"{path}.azure", "credential is client-secret; give tenantId, clientId and clientSecret");
    }
}

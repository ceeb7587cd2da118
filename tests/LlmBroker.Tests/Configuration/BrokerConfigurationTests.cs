using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class BrokerConfigurationTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void The_compose_example_is_valid_and_warns_of_nothing()
    {
        var environment = new Dictionary<string, string>
        {
            ["RABBITMQ_PASSWORD"] = "r",
            ["POSTGRES_PASSWORD"] = "p",
            ["SIM_API_KEY"] = "s",
        };

        var loaded = BrokerConfiguration.Load(
            Repository.PathOf("compose", "llmbroker.json"), Given.ProviderTypes, ConfigurationNeeds.All, environment);

        Assert.Empty(loaded.Warnings);
        Assert.Equal(["openai-mini", "openai-large", "anthropic-haiku", "anthropic-sonnet"], loaded.Options.Deployments.Keys);
    }

    [Fact]
    public void Deployments_keep_the_order_of_the_file()
    {
        Assert.Equal(["zeta", "alpha"], Given.Load(Given.Valid).Options.Deployments.Keys);
    }

    [Fact]
    public void What_is_not_written_keeps_its_default_also_beside_what_is()
    {
        var lanes = Given.Load(Given.With("""{ "lanes": { "bulk": { "patience": "10m" } } }""")).Options.Lanes;

        Assert.Equal(TimeSpan.FromMinutes(10), lanes.Bulk.Patience);
        Assert.Equal(TimeSpan.FromHours(24), lanes.Bulk.DefaultDeadline);
        Assert.Equal(new LanesOptions().Interactive, lanes.Interactive);
    }

    [Fact]
    public void Comments_trailing_commas_and_a_schema_member_are_allowed()
    {
        var json = Given.Valid.Replace("\"routing\"", "// the default\n \"$schema\": \"x.json\", \"routing\"", StringComparison.Ordinal);

        Assert.Equal("auto", Given.Load(json[..json.LastIndexOf('}')] + ",}").Options.Routing.DefaultPolicy);
    }

    [Fact]
    public void Several_faults_are_reported_at_once_one_a_line()
    {
        var exception = Assert.Throws<BrokerConfigurationException>(() => Given.Load(Given.With("""
            {
              "ledger": { "sqlite": "x.db", "lease": "10s" },
              "models": { "small": { "price": { "input": -1 } } },
              "deployments": { "zeta": { "model": "smal", "maxConcurrentCalls": "many", "totalTimeOut": "1m" } },
              "lanes": { "bulk": { "patience": "2d" } }
            }
            """)));

        Assert.Equal(
            """
            The configuration (test) has 8 faults:
              deployments.zeta.maxConcurrentCalls: is the text 'many'; expected a whole number
              deployments.zeta.totalTimeOut: there is no such member; did you mean 'totalTimeout'?
              ledger: postgres and sqlite are both set; keep the one where the ledger is
              ledger.lease: 10s is out of range; write 1s to 3s
              models.small.price.input: -1 is out of range; write 0 to 10000
              deployments.zeta.model: there is no model 'smal'; did you mean 'small'? Else add it under models
              policies.auto.cheap: no deployment serves the model 'small'; add one under deployments
              lanes.bulk.patience: 2d is longer than defaultDeadline, 1d; lower it or raise that
            """,
            exception.Message);
    }

    [Fact]
    public void A_syntax_error_is_reported_with_line_and_column_in_characters()
    {
        var fault = Assert.Single(Given.FaultsOf("{\n  \"路由\": oops\n}"));

        Assert.StartsWith("line 2, column 9: not valid JSON", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_is_no_object_is_a_fault()
    {
        Assert.Contains("not a JSON object", Assert.Single(Given.FaultsOf("[]")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_file_that_is_absent_is_a_fault()
    {
        var environment = new Dictionary<string, string> { [BrokerConfiguration.FileVariable] = Path.Combine(folder.FullName, "none.json") };

        var exception = Assert.Throws<BrokerConfigurationException>(
            () => BrokerConfiguration.Load(null, Given.ProviderTypes, ConfigurationNeeds.None, environment));

        Assert.Contains("none.json", exception.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_given_path_wins_over_the_variable()
    {
        var file = Path.Combine(folder.FullName, "given.json");
        File.WriteAllText(file, """{ "limits": { "maxAttempts": 3 } }""");
        var environment = new Dictionary<string, string> { [BrokerConfiguration.FileVariable] = "elsewhere.json" };

        var loaded = BrokerConfiguration.Load(file, Given.ProviderTypes, ConfigurationNeeds.None, environment);

        Assert.Equal(3, loaded.Options.Limits.MaxAttempts);
        Assert.Equal(file, loaded.Source);
    }

    [Fact]
    public void Without_a_file_the_environment_is_enough_for_a_client()
    {
        var environment = new Dictionary<string, string> { ["LLMBROKER__RABBITMQ__URI"] = "amqp://broker/" };

        var loaded = BrokerConfiguration.Load(null, Given.ProviderTypes, ConfigurationNeeds.Messaging, environment);

        Assert.Equal("broker", loaded.Options.RabbitMq.Uri.Host);
        Assert.Contains("environment only", loaded.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "rabbitMq": { "uri": "amqp://u:hunter2@broker/" } }""", "rabbitMq.uri")]
    [InlineData("""{ "rabbitMq": { "uri": "amqp://broker/", "inMemory": true } }""", "rabbitMq.uri")]
    [InlineData("""{ "rabbitMq": { "tls": { "serverName": "broker" } } }""", "rabbitMq.tls")]
    [InlineData("""{ "ledger": { "postgres": "Host=db;Username=u;Password=hunter2" } }""", "ledger.postgres")]
    [InlineData("""{ "ledger": { "postgres": null, "sqlite": "ledger.db" } }""", "ledger.sqlite")]
    public void What_works_but_is_not_wise_is_a_warning_without_the_secret(string change, string path)
    {
        var warning = Assert.Single(Given.Load(Given.With(change)).Warnings);

        Assert.Equal(path, warning.Path);
        Assert.DoesNotContain("hunter2", warning.Text, StringComparison.Ordinal);
    }
}

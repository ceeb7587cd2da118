using System.Text.Json;
using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class SecretResolverTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Resolve_reads_a_variable_as_it_is()
    {
        var secrets = new SecretResolver(new Dictionary<string, string> { ["KEY"] = " a b " });

        Assert.Equal(" a b ", secrets.Resolve(new SecretOptions { Env = "KEY" })!.Reveal());
        Assert.Null(secrets.Resolve(null));
    }

    [Theory]
    [InlineData("abc\n", "abc")]
    [InlineData("abc\r\n", "abc")]
    [InlineData("abc", "abc")]
    [InlineData("abc\n\n", "abc\n")]
    public void Resolve_reads_a_file_without_its_trailing_line_break(string content, string expected)
    {
        Assert.Equal(expected, Setup().Resolve(FileWith(content))!.Reveal());
    }

    [Fact]
    public void Resolve_reads_a_file_once()
    {
        var secrets = Setup();
        var options = FileWith("first");
        secrets.Resolve(options);
        File.WriteAllText(options.File!, "second");

        Assert.Equal("first", secrets.Resolve(options with { })!.Reveal());
    }

    [Fact]
    public void A_secret_never_prints_itself()
    {
        var secret = Setup().Resolve(FileWith("hunter2"));

        Assert.DoesNotContain("hunter2", $"{secret} {JsonSerializer.Serialize(secret)}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_a_fault_of_the_configuration_where_it_is_needed()
    {
        var missing = Path.Combine(folder.FullName, "missing");
        var change = $$"""
            {
              "rabbitMq": { "uri": "amqps://broker", "password": { "env": "UNSET" }, "tls": { "caFile": "{{missing}}" } },
              "ledger": { "password": { "file": "{{FileWith("").File}}" } },
              "providers": {
                "acme": { "apiKey": { "env": null, "file": "{{missing}}" } },
                "unused": { "type": "openai", "apiKey": { "env": "UNSET" } }
              }
            }
            """;

        Assert.Equal(
            [
                "rabbitMq.password.env: the environment variable UNSET is not set or empty; set it, or read the secret from a \"file\"",
                $"rabbitMq.tls.caFile: the file '{missing}' does not exist; create or mount it",
                $"ledger.password.file: the file '{folder}/secret' is empty; write the secret into it",
                $"providers.acme.apiKey.file: the file '{missing}' does not exist; create or mount it",
            ],
            Given.FaultsWith(change).Select(fault => fault.ToString()));
        Assert.Empty(Given.FaultsWith(change, ConfigurationNeeds.Routing));
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_a_fault()
    {
        Assert.Contains("cannot be read", Setup().FindFault(new SecretOptions { File = folder.FullName })!, StringComparison.Ordinal);
    }

    private static SecretResolver Setup() => new(new Dictionary<string, string>());

    private SecretOptions FileWith(string content)
    {
        var file = Path.Combine(folder.FullName, "secret");
        File.WriteAllText(file, content);
        return new SecretOptions { File = file };
    }
}

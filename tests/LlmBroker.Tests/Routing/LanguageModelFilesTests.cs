using Lingua;
using Xunit;

namespace LlmBroker.Tests.Routing;

/// <summary>Lingua takes a model that is not there for an empty one, and goes on with worse answers.</summary>
public sealed class LanguageModelFilesTests
{
    [Fact]
    public void The_program_comes_with_the_models_that_low_accuracy_reads_and_no_others()
    {
        var files = new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "Lingua", "LanguageModels")).GetFiles("*", SearchOption.AllDirectories);

        Assert.Equal(["bigrams.json.br", "trigrams.json.br", "unigrams.json.br"], files.Select(file => file.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            Enum.GetValues<Language>().Where(language => language != Language.Unknown)
                .Select(language => LanguageInfo.IsoCode6391(language).ToString().ToLowerInvariant()).Order(StringComparer.Ordinal),
            files.Where(file => file.Name == "unigrams.json.br").Select(file => file.Directory!.Name).Order(StringComparer.Ordinal));
    }
}

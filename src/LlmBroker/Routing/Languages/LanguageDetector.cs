using Lingua;
using LlmBroker.Providers.HuggingFace;
using LinguaDetector = Lingua.LanguageDetector;

namespace LlmBroker.Routing.Languages;

/// <summary>
/// Which language a text is in: microseconds where its script or its commonest words tell, else Lingua, which takes some milliseconds and whose
/// models (about 40 MB) are loaded in the background when it is first wanted. Until they are there, and whenever it is not certain, the answer is
/// null. Thread safe.
/// </summary>
internal sealed class LanguageDetector
{
    /// <summary>More letters make it no surer, only slower.</summary>
    private const int LongestSample = 160;

    /// <summary>Fewer say nothing.</summary>
    private const int FewestLetters = 12;

    /// <summary>How far the best language must be ahead of the next one: Lingua's relative distance, 0 to 0.99.</summary>
    private const double Distance = 0.2;

    private static readonly Language[] Languages =
    [
        Language.English, Language.Spanish, Language.French, Language.German, Language.Italian, Language.Portuguese, Language.Dutch,
        Language.Polish, Language.Czech, Language.Slovak, Language.Swedish, Language.Danish, Language.Bokmal, Language.Finnish, Language.Turkish,
        Language.Romanian, Language.Hungarian, Language.Vietnamese, Language.Indonesian, Language.Catalan, Language.Croatian,
        Language.Russian, Language.Ukrainian, Language.Bulgarian, Language.Arabic, Language.Persian, Language.Urdu, Language.Hindi, Language.Marathi,
    ];

    private readonly Lazy<Task<LinguaDetector>> detector = new(() => Task.Run(Load));

    /// <summary>Begins to load the models, for whoever will want them soon.</summary>
    public Task PrepareAsync() => detector.Value;

    /// <summary>The language in ISO 639-1, such as <c>en</c> or <c>zh</c>; null when it is not certain.</summary>
    public string? Detect(string text)
    {
        if (TextLanguage.Detect(text) is { } evident)
            return evident;

        var sample = SampleOf(text);
        if (sample is null || detector.Value is not { IsCompletedSuccessfully: true } loaded)
            return null;
        var language = loaded.Result.DetectLanguageOf(sample);
        return language == Language.Unknown ? null : CodeOf(language);
    }

    /// <summary>The beginning, or null when there is too little to tell by.</summary>
    private static string? SampleOf(string text)
    {
        var letters = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsLetter(text[i]) && ++letters >= LongestSample)
                return text[..(i + 1)];
        }

        return letters < FewestLetters ? null : text;
    }

    private static string CodeOf(Language language) =>
        language == Language.Bokmal ? "no" : LanguageInfo.IsoCode6391(language).ToString().ToLowerInvariant();

    private static LinguaDetector Load() => LanguageDetectorBuilder
        .FromLanguages(Languages)
        .WithLowAccuracyMode()
        .WithMinimumRelativeDistance(Distance)
        .WithPreloadedLanguageModels()
        .Build();
}

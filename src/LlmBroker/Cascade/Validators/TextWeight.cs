using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Cascade.Validators;

/// <summary>The length of a text in Latin letters, so that texts of two scripts can be compared: a Chinese character says what about three do.</summary>
internal static class TextWeight
{
    public static int Of(ReadOnlySpan<char> text)
    {
        var weight = 0;
        foreach (var character in text)
        {
            weight += character switch
            {
                < '\u1100' => 1,
                >= '\u3040' and < '\u3100' => 2,
                >= '\uac00' and < '\ud7b0' => 2,
                var other when TextLanguage.IsHan(other) => 3,
                _ => 1,
            };
        }

        return weight;
    }
}

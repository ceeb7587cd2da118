namespace LlmBroker.Configuration;

/// <summary>The built-in checks of a cascade, in the order in which they are made.</summary>
internal static class CascadeValidatorNames
{
    public const string JsonSchema = "jsonSchema";
    public const string Truncation = "truncation";
    public const string Refusal = "refusal";
    public const string Language = "language";
    public const string LengthRatio = "lengthRatio";
    public const string Numbers = "numbers";
    public const string Names = "names";

    public static IReadOnlyList<string> All { get; } = [JsonSchema, Truncation, Refusal, Language, LengthRatio, Numbers, Names];
}

namespace LlmBroker.Messaging;

/// <summary>The three lanes, by their names on the wire.</summary>
internal static class Lane
{
    public const string Interactive = "interactive";
    public const string Standard = "standard";
    public const string Bulk = "bulk";

    public static readonly string[] All = [Interactive, Standard, Bulk];

    public static bool IsKnown(string? lane) => lane is Interactive or Standard or Bulk;
}

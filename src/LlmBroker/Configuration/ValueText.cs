namespace LlmBroker.Configuration;

/// <summary>Values as they may stand in an error text or a log.</summary>
internal static class ValueText
{
    /// <summary>An address without user and password. Cuts at the last @, so that a password which is not escaped does not show either.</summary>
    public static string Of(string address)
    {
        var at = address.LastIndexOf('@');
        if (at < 0)
            return $"'{address}'";
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        return scheme >= 0 && scheme < at ? $"'{address[..(scheme + 3)]}***{address[at..]}'" : $"'***{address[at..]}'";
    }

    public static string Of(Uri address) => Of(address.OriginalString);

    public static string ListOf(IEnumerable<string> names)
    {
        var list = string.Join(", ", names);
        return list.Length == 0 ? "(none)" : list;
    }
}

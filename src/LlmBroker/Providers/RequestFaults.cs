using System.Text.Json;

namespace LlmBroker.Providers;

/// <summary>
/// The first thing in an OpenAI request that cannot be said to the vendor. The mapping goes on after a fault and what it wrote is thrown away:
/// that keeps it free of exceptions and of a result on every method.
/// </summary>
internal sealed class RequestFaults
{
    private const int MaxWord = 60;

    /// <summary>Null while all is well.</summary>
    public ProviderResult? First { get; private set; }

    /// <summary>The member asks for what the vendor cannot do.</summary>
    /// <param name="member">Path of the member, e.g. <c>messages[2].name</c>.</param>
    /// <param name="why">What is the matter; holds no text of the caller.</param>
    public void Unsupported(string member, string why = "is not supported by this vendor") => Record(ProviderError.Unsupported, member, why);

    /// <summary>The member is not what the OpenAI protocol says.</summary>
    public void Invalid(string member, string why) => Record(ProviderError.BadRequest, member, why);

    /// <summary>Every member that is not null must be known.</summary>
    public void CheckMembers(JsonElement element, string path, params ReadOnlySpan<string> known)
    {
        foreach (var member in element.EnumerateObject())
            if (member.Value.ValueKind != JsonValueKind.Null && !known.Contains(member.Name))
                Unsupported($"{path}.{member.Name}");
    }

    private void Record(ProviderError error, string member, string why) =>
        First ??= new ProviderResult
        {
            Error = error,
            // The path ends in a name that the caller chose, which may be anything.
            ErrorMessage = $"{(member.Length <= MaxWord ? member : string.Concat(member.AsSpan(0, MaxWord), "…"))} {why}.",
        };
}

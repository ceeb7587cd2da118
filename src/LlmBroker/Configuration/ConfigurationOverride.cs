namespace LlmBroker.Configuration;

/// <summary>A member that an operator set at run time; it wins over file and environment.</summary>
/// <param name="Path">The member, as <see cref="ConfigurationPath"/> writes it.</param>
/// <param name="Value">Its value as JSON; <c>null</c> takes the member away.</param>
/// <param name="ChangedBy">Who set it.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="Reason">Why, in the operator's words.</param>
internal sealed record ConfigurationOverride(string Path, string Value, string ChangedBy, DateTimeOffset ChangedAt, string? Reason = null);

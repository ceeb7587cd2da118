namespace LlmBroker.Routing;

/// <summary>
/// Under whose name the ledger keeps the copies of a tenant's requests: one that no tenant can have, so that a copy is neither taken for
/// its original nor summed up with it.
/// </summary>
internal static class ShadowTenant
{
    public const string Suffix = "~shadow";

    public static string Of(string tenant) => tenant + Suffix;
}

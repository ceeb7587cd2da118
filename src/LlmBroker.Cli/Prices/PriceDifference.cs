namespace LlmBroker.Cli.Prices;

/// <summary>What another list says otherwise.</summary>
/// <param name="Vendor">Whose model.</param>
/// <param name="Id">The other list's id, or ours where the other list lacks it.</param>
/// <param name="What">Which price.</param>
/// <param name="Here">USD per million tokens in the catalogue.</param>
/// <param name="There">The same in the other list.</param>
/// <param name="Why">The explanation; null: nobody has given one.</param>
internal sealed record PriceDifference(string Vendor, string Id, string What, decimal? Here, decimal? There, string? Why);

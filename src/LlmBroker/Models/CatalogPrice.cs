namespace LlmBroker.Models;

/// <summary>One model of the price catalogue.</summary>
/// <param name="Vendor">Such as <c>openai</c>.</param>
/// <param name="Id">What the vendor calls the model.</param>
/// <param name="ListedAs">Its name in other price lists.</param>
/// <param name="Aliases">Other names that it has at the vendor.</param>
/// <param name="History">Its prices.</param>
internal sealed record CatalogPrice(string Vendor, string Id, string ListedAs, IReadOnlyList<string> Aliases, PriceHistory History);

/// <summary>Why another list says something else of a model, or has one that the catalogue has not.</summary>
internal sealed record ExplainedDifference(string Vendor, string Id, string Why);

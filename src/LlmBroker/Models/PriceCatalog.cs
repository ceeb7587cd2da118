using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace LlmBroker.Models;

/// <summary>The list prices of the vendors' models (<c>prices.json</c>), so that nobody has to copy them into a configuration. Immutable.</summary>
internal sealed partial class PriceCatalog
{
    private static readonly Lazy<PriceCatalog> Embedded = new(() =>
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("The price catalogue is missing from the assembly.");
        return Read(stream);
    });

    private readonly FrozenDictionary<(string Vendor, string Id), CatalogPrice> byName;

    private PriceCatalog(DateOnly updated, IReadOnlyList<CatalogPrice> models, IReadOnlyList<ExplainedDifference> explained)
    {
        Updated = updated;
        Models = models;
        Explained = explained;
        byName = models
            .SelectMany(model => model.Aliases.Prepend(model.Id), (model, name) => (model.Vendor, Name: name, Model: model))
            .ToFrozenDictionary(entry => (entry.Vendor, entry.Name), entry => entry.Model);
    }

    /// <summary>The one that comes with this version.</summary>
    public static PriceCatalog BuiltIn => Embedded.Value;

    /// <summary>The day on which somebody last compared it with the vendors' pages.</summary>
    public DateOnly Updated { get; }

    public IReadOnlyList<CatalogPrice> Models { get; }

    public IReadOnlyList<ExplainedDifference> Explained { get; }

    /// <exception cref="JsonException">It is no price catalogue.</exception>
    public static PriceCatalog Read(Stream json)
    {
        var document = JsonSerializer.Deserialize(json, PriceCatalogJson.Default.PriceCatalogDocument)
            ?? throw new JsonException("The price catalogue is null.");
        var models = document.Vendors.SelectMany(vendor => vendor.Value.Models, (vendor, model) => new CatalogPrice(
            vendor.Key,
            model.Id,
            model.ListedAs ?? model.Id,
            model.Aliases ?? [],
            new PriceHistory(model.Prices.Select(price => (StartOf(price.From), price.ToListPrice(model.Batch ?? vendor.Value.Batch ?? 1))))));
        return new PriceCatalog(document.Updated, [.. models], document.Explained ?? []);
    }

    /// <summary>The model that a vendor knows under this name, also under that of a dated snapshot; null when it is not listed.</summary>
    public CatalogPrice? Find(string vendor, string name) =>
        byName.GetValueOrDefault((vendor, name)) ?? byName.GetValueOrDefault((vendor, Snapshot().Replace(name, "")));

    private static DateTimeOffset StartOf(DateOnly? day) =>
        day is { } known ? new DateTimeOffset(known, TimeOnly.MinValue, TimeSpan.Zero) : DateTimeOffset.MinValue;

    [GeneratedRegex("-20[0-9]{2}-?[01][0-9]-?[0-3][0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex Snapshot();
}

internal sealed record PriceCatalogDocument(
    DateOnly Updated, IReadOnlyList<ExplainedDifference>? Explained, IReadOnlyDictionary<string, CatalogVendor> Vendors);

internal sealed record CatalogVendor(decimal? Batch, IReadOnlyList<CatalogModel> Models);

internal sealed record CatalogModel(
    string Id, string? ListedAs, IReadOnlyList<string>? Aliases, decimal? Batch, IReadOnlyList<CatalogAmounts> Prices);

internal sealed record CatalogAmounts(DateOnly? From, decimal Input, decimal Output, decimal? CacheRead, decimal? CacheWrite, CatalogLongContext? LongContext)
{
    public ListPrice ToListPrice(decimal batchFactor) => new(Price.Of(Input, Output, CacheRead, CacheWrite))
    {
        LongContextAbove = LongContext?.AbovePromptTokens,
        LongContext = LongContext is { } amounts ? Price.Of(amounts.Input, amounts.Output, amounts.CacheRead, amounts.CacheWrite) : null,
        BatchFactor = batchFactor,
    };
}

internal sealed record CatalogLongContext(long AbovePromptTokens, decimal Input, decimal Output, decimal? CacheRead, decimal? CacheWrite);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PriceCatalogDocument))]
internal sealed partial class PriceCatalogJson : JsonSerializerContext;

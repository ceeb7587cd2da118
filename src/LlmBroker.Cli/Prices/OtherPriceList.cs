using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Prices;

/// <summary>
/// A price list of somebody else: <c>{ "vendor", "models": [{ "id", "name", "price_history": [{ "input", "input_cached", "output", "from_date", "to_date" }] }] }</c>,
/// in USD per million tokens. Prices of long prompts are a model of their own, <c>{id}-200k</c>.
/// </summary>
internal sealed record OtherPriceList(string Vendor, IReadOnlyList<OtherModel> Models)
{
    /// <exception cref="InvalidDataException">A file is no such list; the message names it.</exception>
    public static IReadOnlyList<OtherPriceList> ReadAll(DirectoryInfo folder)
    {
        var files = folder.GetFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
            throw new InvalidDataException($"'{folder}' has no price list; there is to be a JSON file for each vendor.");
        return [.. files.Select(Read)];
    }

    private static OtherPriceList Read(FileInfo file)
    {
        try
        {
            using var stream = file.OpenRead();
            return JsonSerializer.Deserialize(stream, OtherPriceListJson.Default.OtherPriceList) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{file}' is no price list: {exception.Message}", exception);
        }
    }
}

internal sealed record OtherModel(string Id, string Name, IReadOnlyList<OtherPrice> PriceHistory);

internal sealed record OtherPrice(decimal Input, decimal? InputCached, decimal Output, DateOnly? FromDate, DateOnly? ToDate);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(OtherPriceList))]
internal sealed partial class OtherPriceListJson : JsonSerializerContext;

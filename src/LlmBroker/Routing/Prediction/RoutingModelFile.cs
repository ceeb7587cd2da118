using System.Security.Cryptography;
using System.Text.Json;

namespace LlmBroker.Routing.Prediction;

/// <summary>Routing models as files.</summary>
internal static class RoutingModelFile
{
    /// <param name="path">Null: the model that comes with this version.</param>
    /// <exception cref="InvalidDataException">It cannot be read, or is no model of this version.</exception>
    public static RoutingModel Load(string? path)
    {
        if (path is null)
            return RoutingModel.LoadEmbedded();

        try
        {
            using var stream = File.OpenRead(path);
            return RoutingModel.Read(stream);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The routing model {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <param name="path">Null: the model that comes with this version.</param>
    /// <returns>SHA-256 of the file, in lower-case hexadecimal.</returns>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static string Fingerprint(string? path)
    {
        try
        {
            using var stream = path is null ? RoutingModel.OpenEmbedded() : File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The routing model {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Where the card of a model's file is.</summary>
    public static string CardPathOf(string path) => Path.ChangeExtension(path, ".card.json");

    /// <summary>Writes the model, and its card as JSON beside it. Whoever reads the file meanwhile reads the old one or the new one.</summary>
    public static void Save(RoutingModel model, string path)
    {
        var unfinished = path + ".new";
        using (var stream = File.Create(unfinished))
            model.Write(stream);
        File.WriteAllText(CardPathOf(path), JsonSerializer.Serialize(model.Card, RoutingModelCardJson.Default.RoutingModelCard) + "\n");
        File.Move(unfinished, path, overwrite: true);
    }
}

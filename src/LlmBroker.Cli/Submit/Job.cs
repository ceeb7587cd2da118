using System.Security.Cryptography;
using System.Text;
using LlmBroker.Contracts;

namespace LlmBroker.Cli.Submit;

/// <summary>
/// The identity of a job, from which the ids of its requests follow. The same file with the same wishes is the same job wherever and
/// whenever it is submitted, so that nothing is paid twice.
/// </summary>
/// <param name="Name">Letters, digits, <c>-</c> and <c>_</c>.</param>
/// <param name="Retry">0, or how many times what failed was asked for anew.</param>
internal sealed record Job(string Name, int Retry)
{
    public const int MaxNameLength = 64;

    /// <summary>The limit of the contract in characters is taken in bytes, since AMQP properties hold 255.</summary>
    private const int MaxRequestIdBytes = 200;

    private const int HashDigits = 40;

    /// <summary>Named by hand, else after the input and all that is part of a request's identity.</summary>
    public static Job Of(SubmitOptions options, InputSurvey input)
    {
        if (options.Job is { } name)
            return new Job(name, 0);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(input.ContentHash);
        foreach (var word in (ReadOnlySpan<string?>)[options.Model, options.Policy, options.Task])
            hash.AppendData(Encoding.UTF8.GetBytes(word + "\0"));
        return new Job(Convert.ToHexStringLower(hash.GetHashAndReset())[..20], 0);
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    /// <summary>Under the tenant's prefix, as RabbitMQ's permissions and the broker demand.</summary>
    public string ReplyQueueOf(string tenant) => $"reply.{tenant}.submit.{Name}";

    public string RequestIdOf(string customId)
    {
        var prefix = Retry == 0 ? $"{Name}:" : $"{Name}.r{Retry}:";
        var id = prefix + customId;
        return Encoding.UTF8.GetByteCount(id) <= MaxRequestIdBytes && !id.Contains('\0')
            ? id
            : $"{prefix}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(customId)))[..HashDigits]}";
    }

    /// <summary>The job that a request is of; names hold neither of the two separators.</summary>
    public static string NameIn(string requestId) => requestId[..(requestId.AsSpan().IndexOfAny(':', '.') is var end and >= 0 ? end : requestId.Length)];

    /// <summary>Whether a request is of this job, of whatever retry.</summary>
    public bool Owns(string requestId) => NameIn(requestId) == Name;

    /// <summary>The line that a request is of; null when its id had to be shortened.</summary>
    public string? CustomIdIn(string? requestId)
    {
        if (requestId is null || !Owns(requestId) || requestId.IndexOf(':', StringComparison.Ordinal) is var colon && colon < 0)
            return null;

        var customId = requestId[(colon + 1)..];
        return RequestIdOf(customId).EndsWith(":" + customId, StringComparison.Ordinal) && !customId.StartsWith('#') ? customId : null;
    }

    public SubmitInference RequestFor(InputLine line, SubmitOptions options) => new()
    {
        RequestId = RequestIdOf(line.CustomId),
        Body = line.Body,
        Operation = line.Operation,
        Lane = options.Lane,
        Deadline = options.Deadline,
        Policy = options.Policy,
        Model = options.Model,
        Task = options.Task,
        MaxCostUsd = options.MaxCostUsd,
        Delivery = options.Delivery,
        GroupId = options.GroupId ?? Name,
        Metadata = LineMetadata.Of(line.CustomId),
    };
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LlmBroker.Cli.Submit;

/// <summary>16 bytes that stand for a <c>custom_id</c> of any length, so that the ids of a million lines fit in memory.</summary>
internal static class LineDigest
{
    public static UInt128 Of(string customId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(customId), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LlmBroker.Ledger;

/// <summary>
/// Rows in COPY's binary format (https://www.postgresql.org/docs/current/sql-copy.html), written ahead and sent at once: through the client
/// library's importer each field costs more than all of its encoding here.
/// </summary>
internal sealed class PostgresCopyBuffer : IDisposable
{
    private const int Null = -1;

    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly long Epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>How a value of each type is written.</summary>
    private static readonly Dictionary<Type, Delegate> Writers = new()
    {
        [typeof(bool)] = As<bool>((buffer, value) => buffer.Begin(1)[0] = value ? (byte)1 : (byte)0),
        [typeof(short)] = As<short>((buffer, value) => BinaryPrimitives.WriteInt16BigEndian(buffer.Begin(2), value)),
        [typeof(int)] = As<int>((buffer, value) => buffer.WriteInteger(value)),
        [typeof(int?)] = As<int?>((buffer, value) => buffer.WriteInteger(value)),
        [typeof(long)] = As<long>((buffer, value) => buffer.WriteLong(value)),
        [typeof(long?)] = As<long?>((buffer, value) => buffer.WriteLong(value)),
        [typeof(double?)] = As<double?>((buffer, value) => buffer.WriteDouble(value)),
        [typeof(decimal?)] = As<decimal?>((buffer, value) => buffer.WriteNumeric(value)),
        [typeof(Guid)] = As<Guid>((buffer, value) => value.TryWriteBytes(buffer.Begin(16), bigEndian: true, out _)),
        // Microseconds; what is finer is cut off, as everywhere in the ledger.
        [typeof(DateTimeOffset)] = As<DateTimeOffset>((buffer, value) => buffer.WriteLong((value.UtcTicks / TimeSpan.TicksPerMicrosecond) - Epoch)),
        [typeof(string)] = As<string?>((buffer, value) => buffer.WriteText(value, prefix: [])),
        [typeof(ReadOnlyMemory<byte>)] = As<ReadOnlyMemory<byte>>((buffer, value) => value.Span.CopyTo(buffer.Begin(value.Length))),
        [typeof(byte[])] = As<byte[]>((buffer, value) => value.CopyTo(buffer.Begin(value.Length))),
    };

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int length;

    public PostgresCopyBuffer() => Header.CopyTo(Take(Header.Length));

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    public void BeginRow(int fields) => BinaryPrimitives.WriteInt16BigEndian(Take(2), (short)fields);

    public void Write<T>(T value) => Writer<T>.Write(this, value);

    public void WriteJson(string? value) => WriteText(value, prefix: [1]);

    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
    }

    private static Action<PostgresCopyBuffer, T> As<T>(Action<PostgresCopyBuffer, T> write) => write;

    private void WriteNull() => BinaryPrimitives.WriteInt32BigEndian(Take(4), Null);

    private void WriteInteger(int? value)
    {
        if (value is { } present)
            BinaryPrimitives.WriteInt32BigEndian(Begin(4), present);
        else
            WriteNull();
    }

    private void WriteLong(long? value)
    {
        if (value is { } present)
            BinaryPrimitives.WriteInt64BigEndian(Begin(8), present);
        else
            WriteNull();
    }

    private void WriteDouble(double? value)
    {
        if (value is { } present)
            BinaryPrimitives.WriteDoubleBigEndian(Begin(8), present);
        else
            WriteNull();
    }

    private void WriteText(string? value, ReadOnlySpan<byte> prefix)
    {
        if (value is null)
        {
            WriteNull();
            return;
        }

        var field = Begin(prefix.Length + Encoding.UTF8.GetByteCount(value));
        prefix.CopyTo(field);
        Encoding.UTF8.GetBytes(value, field[prefix.Length..]);
    }

    private void WriteNumeric(decimal? value)
    {
        if (value is { } present)
            WriteNumeric(present);
        else
            WriteNull();
    }

    /// <summary>A numeric is its digits to the base of 10,000, those before and those after the point in groups of their own.</summary>
    private void WriteNumeric(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = (bits[3] >> 16) & 0xFF;
        var rest = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var groupsBehind = (scale + 3) / 4;
        for (var i = scale; i < groupsBehind * 4; i++)
            rest *= 10;

        Span<short> groups = stackalloc short[12];
        var (count, behind) = (0, groupsBehind);
        while (rest != 0)
        {
            (rest, var group) = UInt128.DivRem(rest, 10_000);
            if (count > 0 || group != 0)
                groups[count++] = (short)group;
            else
                behind--;
        }

        var field = Begin(8 + (count * 2));
        BinaryPrimitives.WriteInt16BigEndian(field, (short)count);
        BinaryPrimitives.WriteInt16BigEndian(field[2..], (short)(count == 0 ? 0 : count - 1 - behind));
        BinaryPrimitives.WriteInt16BigEndian(field[4..], (short)(value < 0 ? 0x4000 : 0));
        BinaryPrimitives.WriteInt16BigEndian(field[6..], (short)scale);
        for (var i = 0; i < count; i++)
            BinaryPrimitives.WriteInt16BigEndian(field[(8 + (i * 2))..], groups[count - 1 - i]);
    }

    /// <summary>A field of that length.</summary>
    private Span<byte> Begin(int size)
    {
        var field = Take(4 + size);
        BinaryPrimitives.WriteInt32BigEndian(field, size);
        return field[4..];
    }

    private Span<byte> Take(int size)
    {
        if (bytes.Length - length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, length + size));
            bytes.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }

        var taken = bytes.AsSpan(length, size);
        length += size;
        return taken;
    }

    private static class Writer<T>
    {
        public static readonly Action<PostgresCopyBuffer, T> Write = Writers.TryGetValue(typeof(T), out var writer)
            ? (Action<PostgresCopyBuffer, T>)writer
            : (_, _) => throw new NotSupportedException($"COPY has no format for {typeof(T)} here; add it to {nameof(PostgresCopyBuffer)}.");
    }
}

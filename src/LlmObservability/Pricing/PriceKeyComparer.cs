using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LlmObservability.Pricing;

/// <summary>
/// Compares keys ordinally. The hash is taken on every call that is priced, so it reads the model that is priced first
/// eight bytes at a time, and of the other names, which seldom vary beside it, the length and the end. It need not
/// withstand crafted collisions: the cache is small and bounded.
/// </summary>
internal sealed class PriceKeyComparer : IEqualityComparer<PriceKey>
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();

    public bool Equals(PriceKey x, PriceKey y)
    {
        return string.Equals(x.ResponseModel, y.ResponseModel, StringComparison.Ordinal)
            && string.Equals(x.RequestModel, y.RequestModel, StringComparison.Ordinal)
            && string.Equals(x.Provider, y.Provider, StringComparison.Ordinal)
            && string.Equals(x.Host, y.Host, StringComparison.Ordinal);
    }

    public int GetHashCode(PriceKey obj)
    {
        var hash = AddAll(_seed, obj.ResponseModel ?? obj.RequestModel);
        hash = AddEnd(hash, obj.RequestModel);
        hash = AddEnd(hash, obj.Provider);
        hash = AddEnd(hash, obj.Host);
        return (int)(hash >> 32);
    }

    private static ulong AddAll(ulong hash, string? text)
    {
        var bytes = MemoryMarshal.AsBytes(text.AsSpan());
        for (var rest = bytes; rest.Length > sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        return AddEnd(hash, text);
    }

    private static ulong AddEnd(ulong hash, string? text)
    {
        if (text is null)
        {
            return hash;
        }

        var bytes = MemoryMarshal.AsBytes(text.AsSpan());
        hash += (ulong)bytes.Length;
        if (bytes.Length >= sizeof(ulong))
        {
            return Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]));
        }

        foreach (var c in text)
        {
            hash = Mix(hash, c);
        }

        return hash;
    }

    private static ulong Mix(ulong hash, ulong value) => (BitOperations.RotateLeft(hash, 23) ^ value) * Multiplier;
}

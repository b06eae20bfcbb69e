using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LlmObservability.Pricing;

/// <summary>
/// Compares keys ordinally, with a hash that reads eight bytes at a time: four names are hashed on every call that is
/// priced. It need not withstand crafted collisions, because the cache is small and bounded; a seed makes them unlikely.
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
        var hash = Add(_seed, obj.Provider);
        hash = Add(hash, obj.Host);
        hash = Add(hash, obj.ResponseModel);
        hash = Add(hash, obj.RequestModel);
        return (int)(hash >> 32);
    }

    private static ulong Add(ulong hash, string? text)
    {
        var bytes = MemoryMarshal.AsBytes(text.AsSpan());
        hash = Mix(hash, (ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            hash = Mix(hash, b);
        }

        return hash;
    }

    private static ulong Mix(ulong hash, ulong value) => (BitOperations.RotateLeft(hash, 23) ^ value) * Multiplier;
}

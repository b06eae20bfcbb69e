using System.Buffers.Binary;
using System.Numerics;

namespace LlmObservability.Segments;

/// <summary>CRC-32C, by the processor's instruction where it has one. States start at <see cref="Start"/> and end with <see cref="Finish"/>.</summary>
internal static class Crc32C
{
    public const uint Start = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Update(Start, bytes));

    public static uint Finish(uint state) => ~state;

    public static uint Update(uint state, byte value) => BitOperations.Crc32C(state, value);

    public static uint Update(uint state, uint value) => BitOperations.Crc32C(state, value);

    public static uint Update(uint state, long value) => BitOperations.Crc32C(state, (ulong)value);

    public static uint Update(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}

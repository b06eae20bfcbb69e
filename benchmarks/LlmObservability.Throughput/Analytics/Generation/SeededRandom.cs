namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>SplitMix64: quick, and with one seed the same numbers on every machine and runtime.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong NextBits()
    {
        var bits = _state += 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>At least 0 and below 1.</summary>
    public double NextShare() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Next(int below) => (int)(((NextBits() >> 32) * (ulong)below) >> 32);

    /// <summary>True in that share of all times.</summary>
    public bool Hits(double share) => NextShare() < share;

    public double LogNormal(double median, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - NextShare())) * Math.Cos(2 * Math.PI * NextShare());
        return median * Math.Exp(sigma * normal);
    }

    public int LogNormalCount(double median, double sigma, int most) => (int)Math.Clamp(LogNormal(median, sigma), 1, most);

    /// <summary>Lower-case hex digits after a prefix.</summary>
    public string Hex(string prefix, int digits) => string.Create(prefix.Length + digits, (prefix, this), static (text, from) =>
    {
        from.prefix.CopyTo(text);
        var bits = 0UL;
        for (var i = from.prefix.Length; i < text.Length; i++, bits >>= 4)
        {
            bits = (i - from.prefix.Length) % 16 == 0 ? from.Item2.NextBits() : bits;
            text[i] = "0123456789abcdef"[(int)(bits & 15)];
        }
    });
}

namespace LlmObservability.Postgres;

/// <summary>
/// A bucket, a set and the values of its fields, these as numbers of a <see cref="TextTable"/>: comparing and hashing them costs
/// nothing then. The bucket is the ticks of its begin (UTC), the set its place in <see cref="RollupSet.All"/>.
/// </summary>
internal readonly record struct RollupKey(long Bucket, int Set, int A, int B, int C, int D, int E, int F, int G)
{
    /// <summary>The most fields that a set has.</summary>
    public const int MostFields = 7;

    public static RollupKey Of(long bucket, int set, ReadOnlySpan<int> values) =>
        new(bucket, set, values[0], values[1], values[2], values[3], values[4], values[5], values[6]);

    public int this[int field] => field switch { 0 => A, 1 => B, 2 => C, 3 => D, 4 => E, 5 => F, _ => G };
}

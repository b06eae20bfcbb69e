namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>Picks one of several by their weights.</summary>
internal sealed class Shares
{
    private readonly double[] _upTo;

    public Shares(IEnumerable<double> weights)
    {
        var sum = 0.0;
        _upTo = [.. weights.Select(weight => sum += weight)];
    }

    /// <summary>Zipf's law: the nth weighs 1/n^exponent.</summary>
    public static Shares Zipf(int count, double exponent) =>
        new(Enumerable.Range(1, count).Select(rank => Math.Pow(rank, -exponent)));

    public int Pick(SeededRandom random)
    {
        var found = Array.BinarySearch(_upTo, random.NextShare() * _upTo[^1]);
        return Math.Min(found < 0 ? ~found : found + 1, _upTo.Length - 1);
    }
}

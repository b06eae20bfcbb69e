using LlmObservability.Faults.Child;

namespace LlmObservability.Faults.Harness;

/// <summary>One row of the table: what a fault did over its runs.</summary>
internal sealed class FaultRow(string name, int seed)
{
    private readonly SortedDictionary<string, string> _figures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<double>> _samples = [];
    private readonly List<string> _problems = [];

    public string Name => name;

    public int Seed => seed;

    public int Runs { get; private set; }

    public long Promised { get; private set; }

    /// <summary>Promised, and neither stored nor counted nor within what the mode may lose.</summary>
    public long Lost { get; private set; }

    /// <summary>Promised, not stored, and counted as dropped.</summary>
    public long Counted { get; private set; }

    public long Duplicated { get; private set; }

    public long Wrong { get; private set; }

    public long Spilled { get; private set; }

    public long Replayed { get; private set; }

    /// <summary>What did not hold, with the run's seed.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What else was measured.</summary>
    public string Figures => string.Join("; ", _figures.Select(figure => $"{figure.Key} {figure.Value}")
        .Concat(_samples.OrderBy(sample => sample.Key, StringComparer.Ordinal).Select(Describe)));

    /// <summary>Counts a run in.</summary>
    public void Add(Comparison comparison, IReadOnlyList<ChildReport> ends)
    {
        Runs++;
        Promised += comparison.Promised.Count;
        Duplicated += comparison.Duplicated;
        Wrong += comparison.Wrong.Count;
        foreach (var spool in ends.Select(end => end.Sink.Spool).OfType<LlmSpoolStatistics>())
        {
            Spilled += spool.Logged;
            Replayed += spool.ReadBack;
        }
    }

    /// <summary>Counts a run without a child in.</summary>
    public void Add(long promised, long duplicated = 0, long wrong = 0)
    {
        Runs++;
        Promised += promised;
        Duplicated += duplicated;
        Wrong += wrong;
    }

    public void LostIs(long lost) => Lost += lost;

    public void CountedIs(long counted) => Counted += counted;

    public void Spool(long spilled, long replayed)
    {
        Spilled += spilled;
        Replayed += replayed;
    }

    /// <summary>Says that something did not hold, where it did not.</summary>
    public void Must(bool holds, int runSeed, string what)
    {
        if (!holds)
        {
            _problems.Add($"{name}, seed {runSeed}: {what}");
        }
    }

    public void Figure(string what, string value) => _figures[what] = value;

    /// <summary>One of many values, of which median and maximum are told.</summary>
    public void Sample(string what, double value)
    {
        if (!_samples.TryGetValue(what, out var values))
        {
            _samples[what] = values = [];
        }

        values.Add(value);
    }

    private static string Describe(KeyValuePair<string, List<double>> sample)
    {
        var sorted = sample.Value.Order().ToArray();
        return FormattableString.Invariant($"{sample.Key} median {sorted[sorted.Length / 2]:0.###} max {sorted[^1]:0.###}");
    }
}

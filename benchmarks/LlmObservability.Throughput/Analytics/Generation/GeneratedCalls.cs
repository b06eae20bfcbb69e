using LlmObservability.Sinks;

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>
/// So many calls over so many days up to an end: with the same seed and end always the same. Each UTC day stands by itself,
/// so that days can be made in parallel; within one, calls come by time.
/// </summary>
internal sealed class GeneratedCalls
{
    private const int MinutesADay = 24 * 60;

    private readonly ulong _seed;
    private readonly LoadCurve _curve;

    public GeneratedCalls(int seed, DateTimeOffset end, int days, long calls)
    {
        (_seed, From, To) = ((ulong)seed, end.AddDays(-days), end);
        Population = new Population(_seed);
        _curve = new LoadCurve(From, days * MinutesADay, calls);
    }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    public Population Population { get; }

    /// <summary>The UTC days; where the end is no midnight, the first and the last are not whole.</summary>
    public IEnumerable<DateOnly> Days
    {
        get
        {
            var first = DateOnly.FromDateTime(From.UtcDateTime);
            var last = DateOnly.FromDateTime(To.UtcDateTime.AddTicks(-1));
            return Enumerable.Range(first.DayNumber, last.DayNumber - first.DayNumber + 1).Select(DateOnly.FromDayNumber);
        }
    }

    public IEnumerable<LlmCallEnvelope> Of(DateOnly day)
    {
        // Multiplied, since neighbouring seeds would give neighbouring streams.
        var random = new SeededRandom(new SeededRandom(_seed ^ ((ulong)day.DayNumber * 0xD1B54A32D192ED03)).NextBits());
        var (visits, maker) = (new Visits(Population, random), new CallMaker(random));
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        for (var minute = 0; minute < MinutesADay; minute++)
        {
            var begin = midnight.AddMinutes(minute);
            var calls = _curve.CallsIn(begin);
            for (var call = 0; call < calls; call++)
            {
                // Each somewhere in its part of the minute, so that they come in order.
                var microseconds = (call + random.NextShare()) * (60_000_000.0 / calls);
                yield return maker.Make(visits.Next(), begin.AddTicks((long)microseconds * TimeSpan.TicksPerMicrosecond));
            }
        }
    }
}

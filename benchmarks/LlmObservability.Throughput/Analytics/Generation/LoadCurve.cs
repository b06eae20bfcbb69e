namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>How many calls begin in each minute: nights and weekends are quieter, and all minutes together have exactly as many as asked for.</summary>
internal sealed class LoadCurve
{
    private const double AtNight = 0.35;
    private const double AtNoon = 1.65;
    private const double AtWeekends = 0.6;

    private readonly DateTimeOffset _from;
    private readonly long _calls;
    private readonly double[] _upTo;

    public LoadCurve(DateTimeOffset from, int minutes, long calls)
    {
        (_from, _calls) = (from, calls);
        _upTo = new double[minutes + 1];
        for (var minute = 0; minute < minutes; minute++)
        {
            _upTo[minute + 1] = _upTo[minute] + Weight(from.AddMinutes(minute));
        }
    }

    public int CallsIn(DateTimeOffset minute)
    {
        var index = (int)((minute - _from).Ticks / TimeSpan.TicksPerMinute);
        return index < 0 || index >= _upTo.Length - 1 ? 0 : (int)(Before(index + 1) - Before(index));
    }

    private long Before(int minute) => minute == _upTo.Length - 1 ? _calls : (long)(_calls * (_upTo[minute] / _upTo[^1]));

    private static double Weight(DateTimeOffset time)
    {
        // Least at two in the night, most twelve hours later.
        var height = (1 - Math.Cos((time.TimeOfDay.TotalHours - 2) / 12 * Math.PI)) / 2;
        var day = time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? AtWeekends : 1;
        return day * (AtNight + ((AtNoon - AtNight) * height));
    }
}

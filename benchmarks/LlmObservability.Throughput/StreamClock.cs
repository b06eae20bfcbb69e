using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>
/// One stream's clock: how long a step was on its way between consumer and inner client, in both directions. Without a
/// wrapper that is what scheduling and collection take; with one, the wrapper too.
/// </summary>
internal sealed class StreamClock : ChatOptions
{
    private long _asked;
    private long _answered;

    public long Longest { get; private set; }

    public long Total { get; private set; }

    public long Steps { get; private set; }

    /// <summary>The consumer asks for the next update.</summary>
    public void Ask() => _asked = Stopwatch.GetTimestamp();

    /// <summary>The inner client is asked.</summary>
    public void Asked() => _asked = Stopwatch.GetTimestamp() - _asked;

    /// <summary>The inner client answers.</summary>
    public void Answer() => _answered = Stopwatch.GetTimestamp();

    /// <summary>The consumer has the answer.</summary>
    public void Answered()
    {
        var way = _asked + (Stopwatch.GetTimestamp() - _answered);
        Longest = Math.Max(Longest, way);
        Total += way;
        Steps++;
    }
}

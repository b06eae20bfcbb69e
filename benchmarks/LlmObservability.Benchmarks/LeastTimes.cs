using System.Diagnostics;

namespace LlmObservability.Benchmarks;

/// <summary>
/// Differences of a hundred nanoseconds on a machine that others use: the ways take turns, and of each the least of many
/// rounds counts, since others only ever add.
/// </summary>
internal static class LeastTimes
{
    private const int Warmup = 30_000;
    private const int Rounds = 2_000;
    private const int Calls = 200;
    private const int Threads = 8;
    private const int RoundsAtOnce = 200;
    private const int CallsAtOnce = 2_000;

    public static async Task WriteAsync(TextWriter output)
    {
        var calls = new WrappedCallBenchmark();
        var logs = new LogScopeBenchmark();
        var tools = new ToolCallBenchmark();
        calls.Setup();
        (string Name, Action Run)[] ways =
        [
            ("a wrapped call", () => calls.Wrapped()),
            ("inside another", () => calls.WrappedInsideAWrapped()),
            ("tagged by options", () => calls.WrappedTaggedByOptions()),
        ];
        Print(output, Measure(ways));
        Print(output, MeasureStreams(calls.BareStream, calls.WrappedStream, calls.BareLongStream, calls.WrappedLongStream));
        await calls.Cleanup().ConfigureAwait(false);
        logs.Setup();
        Print(output, Measure([("without the log scope", () => logs.Off()), ("with it", () => logs.On())]));
        await logs.Cleanup().ConfigureAwait(false);
        tools.Setup();
        Print(
            output,
            Measure(
            [
                ("a call with a bare tool inside", () => tools.ACallWithTheBareToolInside()),
                ("a wrapped one", () => tools.ACallWithTheWrappedToolInside()),
                ("a call that asks for a tool", () => tools.ACallThatAsks()),
                ("and the wrapped tool after it", () => _ = tools.ACallThatAsksAndTheToolAfterIt()),
            ]));
        await tools.Cleanup().ConfigureAwait(false);
        var attached = new SdkAttachedBenchmark();
        attached.Setup();
        Print(output, Measure([("an activity and three records", () => attached.Plain()), ("a wrapped call, SDK attached", () => attached.Wrapped())]));
        Print(output, MeasureStreams(attached.BareStream, attached.WrappedStream, attached.BareLongStream, attached.WrappedLongStream));
        await attached.Cleanup().ConfigureAwait(false);
    }

    /// <summary>What serving metrics adds to a call.</summary>
    public static async Task WriteMetricsAsync(TextWriter output)
    {
        var metrics = new MetricsEndpointBenchmark();
        metrics.Setup();
        Print(
            output,
            Measure(
            [
                ("a wrapped call of 2 µs", () => metrics.Off()), ("with its metrics served", () => metrics.On()),
                ("with the gateways' names too", () => metrics.OnWithGatewayNames()),
            ]));
        Print(
            output,
            [
                ($"a call of 2 µs, {Threads} threads at once", MeasureAtOnce(() => metrics.Off())),
                ("with its metrics served, all on one series", MeasureAtOnce(() => metrics.On())),
            ]);
        await metrics.Cleanup().ConfigureAwait(false);
    }

    // All calls together: the time from the start of all threads to the end of the last, by the calls of all.
    private static double MeasureAtOnce(Action call)
    {
        var least = double.MaxValue;
        using var together = new Barrier(Threads + 1);
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (var round = 0; round < RoundsAtOnce; round++)
            {
                together.SignalAndWait();
                for (var i = 0; i < CallsAtOnce; i++)
                {
                    call();
                }

                together.SignalAndWait();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        for (var round = 0; round < RoundsAtOnce; round++)
        {
            // Before all are let go: this thread may come back last.
            var start = Stopwatch.GetTimestamp();
            together.SignalAndWait();
            together.SignalAndWait();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / (Threads * CallsAtOnce));
        }

        threads.ForEach(thread => thread.Join());
        return least;
    }

    // Their updates all come at once, so each stream ends before its task is handed out.
    private static IEnumerable<(string Name, double Nanoseconds)> MeasureStreams(
        Func<Task<int>> bare, Func<Task<int>> wrapped, Func<Task<int>> bareLong, Func<Task<int>> wrappedLong) =>
        Measure(
            [
                ("a bare stream of 50", () => bare()), ("a wrapped one", () => wrapped()),
                ("a bare stream of 500", () => bareLong()), ("a wrapped one of 500", () => wrappedLong()),
            ],
            calls: 20);

    private static void Print(TextWriter output, IEnumerable<(string Name, double Nanoseconds)> measured)
    {
        var first = double.NaN;
        foreach (var (name, time) in measured)
        {
            first = double.IsNaN(first) ? time : first;
            output.WriteLine($"{name,-32} {time,8:N0} ns {time - first,8:N0} ns more");
        }
    }

    private static IEnumerable<(string Name, double Nanoseconds)> Measure((string Name, Action Run)[] ways, int calls = Calls)
    {
        var least = new double[ways.Length];
        Array.Fill(least, double.MaxValue);
        foreach (var (_, run) in ways)
        {
            Repeat(run, Warmup * calls / Calls);
        }

        for (var round = 0; round < Rounds; round++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var start = Stopwatch.GetTimestamp();
                Repeat(ways[way].Run, calls);
                least[way] = Math.Min(least[way], Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls);
            }
        }

        return ways.Select((way, i) => (way.Name, least[i]));
    }

    private static void Repeat(Action run, int times)
    {
        for (var i = 0; i < times; i++)
        {
            run();
        }
    }
}

using System.Runtime.ExceptionServices;

namespace LlmObservability.Tests.Performance;

/// <summary>Bytes that this thread allocates.</summary>
internal static class Allocated
{
    // Enough for the runtime to compile for good what runs hot: its first code allocates more.
    private const int Warmup = 20_000;
    private const int CalmRounds = 100;
    private const int MostRounds = 2_000;
    private const int Calls = 200;

    /// <summary>
    /// By one call of many: the least of several rounds, since the runtime's own work only ever adds. On a thread of its
    /// own, whose flow holds nothing but a scope of three tags: ambient values of a test runner would be copied too.
    /// </summary>
    public static long By(Action call)
    {
        var least = long.MaxValue;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
                least = Least(call);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        failure?.Throw();
        return least;
    }

    private static long Least(Action call)
    {
        for (var i = 0; i < Warmup; i++)
        {
            call();
        }

        var least = long.MaxValue;
        // Until it stays the same: where others use the machine, the runtime compiles later.
        for (int round = 0, calm = 0; round < MostRounds && calm < CalmRounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                call();
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            calm = bytes < least ? 0 : calm + 1;
            least = Math.Min(least, bytes);
        }

        return least / Calls;
    }
}

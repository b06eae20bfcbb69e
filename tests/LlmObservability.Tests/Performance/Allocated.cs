namespace LlmObservability.Tests.Performance;

/// <summary>Bytes that this thread allocates.</summary>
internal static class Allocated
{
    private const int Warmup = 500;
    private const int Rounds = 20;
    private const int Calls = 100;

    /// <summary>By one call of many: the least of several rounds, since the runtime's own work only ever adds.</summary>
    public static long By(Action call)
    {
        for (var i = 0; i < Warmup; i++)
        {
            call();
        }

        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                call();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / Calls;
    }
}

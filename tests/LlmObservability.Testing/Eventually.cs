using System.Diagnostics;

namespace LlmObservability.Testing;

/// <summary>Waits for a condition, with a bound: for what another thread does.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static async Task Is(Func<bool> condition, string what)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Bound)
            {
                throw new TimeoutException($"After {Bound.TotalSeconds} s still not: {what}.");
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}

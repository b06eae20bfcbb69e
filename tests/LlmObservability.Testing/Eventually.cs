using System.Diagnostics;

namespace LlmObservability.Testing;

/// <summary>Waits for a condition, with a bound: for what another thread does.</summary>
public static class Eventually
{
    /// <summary>How long a test waits for what happens at once on a machine with time to spare.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    /// <param name="condition">What is waited for.</param>
    /// <param name="what">The same in words.</param>
    /// <param name="bound">How long; null for <see cref="Bound"/>.</param>
    public static Task Is(Func<bool> condition, string what, TimeSpan? bound = null) =>
        IsAsync(() => Task.FromResult(condition()), what, bound);

    /// <inheritdoc cref="Is"/>
    public static async Task IsAsync(Func<Task<bool>> condition, string what, TimeSpan? bound = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > (bound ?? Bound))
            {
                throw new TimeoutException($"After {(bound ?? Bound).TotalSeconds} s still not: {what}.");
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}

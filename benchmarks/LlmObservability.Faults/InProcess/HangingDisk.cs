using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.InProcess;

/// <summary>A disk that does not come back from a flush.</summary>
internal static class HangingDisk
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    /// <summary>Begins, for the files that are meant.</summary>
    /// <returns>Is set once a flush hangs.</returns>
    public static Task Begin(FaultFiles files, Predicate<string> at)
    {
        var hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<string>? hang = null;
        hang = name =>
        {
            if (at(name))
            {
                hangs.TrySetResult();
                SpinWait.SpinUntil(() => files.OnFlushOf != hang, Longest);
            }
        };
        files.OnFlushOf = hang;
        return hangs.Task;
    }

    /// <summary>Whatever hangs goes on.</summary>
    public static void End(FaultFiles files) => files.OnFlushOf = static _ => { };
}

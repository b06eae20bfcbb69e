namespace LlmObservability.Tests.Segments;

/// <summary>How often the random faults run: here a share, with LLM_OBSERVABILITY_FULL_RUN=1 all of them.</summary>
internal static class Shares
{
    private const int ShareOfCorruptions = 1_000;
    private const int AllCorruptions = 20_000;
    private const int ShareOfPowerLosses = 200;
    private const int AllPowerLosses = 5_000;

    private const int ShareOfFileStoreLives = 40;
    private const int AllFileStoreLives = 2_000;

    public static int Corruptions => IsFullRun ? AllCorruptions : ShareOfCorruptions;

    /// <summary>Each of four losses in a row.</summary>
    public static int PowerLosses => IsFullRun ? AllPowerLosses : ShareOfPowerLosses;

    /// <summary>Each with some fifteen restarts.</summary>
    public static int FileStoreLives => IsFullRun ? AllFileStoreLives : ShareOfFileStoreLives;

    private static bool IsFullRun => Environment.GetEnvironmentVariable("LLM_OBSERVABILITY_FULL_RUN") == "1";
}

namespace LlmObservability.Tests.Segments;

/// <summary>How often the random faults run: here a share, with LLM_OBSERVABILITY_FULL_RUN=1 all of them.</summary>
internal static class Shares
{
    public const int PowerLosses = 200;

    private const int ShareOfCorruptions = 1_000;
    private const int AllCorruptions = 10_000;

    public static int Corruptions =>
        Environment.GetEnvironmentVariable("LLM_OBSERVABILITY_FULL_RUN") == "1" ? AllCorruptions : ShareOfCorruptions;
}

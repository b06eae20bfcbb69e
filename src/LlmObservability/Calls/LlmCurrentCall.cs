using LlmObservability.Calls;
using LlmObservability.Tags;

namespace LlmObservability;

/// <summary>What the application tells of the call that it is inside of, for example from a client of its own below the wrapper. Thread-safe.</summary>
public static class LlmCurrentCall
{
    /// <summary>
    /// Says that the answer comes from a cache: the call costs 0, with the reason <c>cached</c>, unless a wrapped client
    /// further in is called after all.
    /// </summary>
    /// <param name="similarity">How similar the question was to the one that was answered before, usually 0 to 1; not a number counts as null.</param>
    /// <returns>Whether there is a call under way.</returns>
    public static bool MarkCached(double? similarity = null)
    {
        return LlmFlow.Current?.Call is OpenNode node && node.MarkCached(similarity is { } score && double.IsFinite(score) ? score : null);
    }
}

using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>The usage of a stream that ended before its provider told it, as a lower bound from the text that was seen.</summary>
internal static class UsageEstimate
{
    /// <summary>How many messages can be read again without asking anybody for them; 0 for a sequence that is not a list.</summary>
    public static int CountAtHand(IEnumerable<ChatMessage> messages) =>
        messages is IReadOnlyList<ChatMessage> list ? list.Count : 0;

    /// <summary>The least that a request's text comes to, from 1.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="count">How many of them there were when the call began: an application adds the answer to the same list.</param>
    /// <param name="instructions">The instructions beside them.</param>
    public static long Input(IEnumerable<ChatMessage> messages, int count, string? instructions)
    {
        var seen = default(SeenText);
        seen.Add(instructions ?? "");
        if (messages is IReadOnlyList<ChatMessage> list)
        {
            for (var i = 0; i < count && i < list.Count; i++)
            {
                var contents = list[i].Contents;
                for (var j = 0; j < contents.Count; j++)
                {
                    if (contents[j] is TextContent { Text: var text })
                    {
                        seen.Add(text);
                    }
                }
            }
        }

        return Math.Max(1, seen.Tokens);
    }

    /// <summary>The greater of what was told and what was seen, class by class.</summary>
    /// <param name="told">What the provider told before the stream ended; missing for nothing.</param>
    /// <param name="input">All input.</param>
    /// <param name="visible">Output that is not reasoning.</param>
    /// <param name="reasoning">Reasoning.</param>
    public static LlmTokens Raise(in LlmTokens told, long input, long visible, long reasoning)
    {
        // Where reasoning is not told apart, what was told of the output contains it.
        var contained = told.Reasoning == 0 ? reasoning : 0;
        return told with
        {
            Source = LlmUsageSource.Estimated,
            UncachedInput = told.UncachedInput + Math.Max(0, input - told.Input),
            VisibleOutput = Math.Max(told.VisibleOutput - contained, visible),
            Reasoning = Math.Max(told.Reasoning, reasoning),
        };
    }
}

using LlmObservability.OpenTelemetry.Compatibility;

namespace LlmObservability;

/// <summary>Spans in the words of back ends that have their own.</summary>
public static class LlmTelemetryOptionsCompatibilityExtensions
{
    private const LlmCompatibility All = LlmCompatibility.Langfuse | LlmCompatibility.OpenInference;

    /// <summary>
    /// Adds to the spans of calls and tools what back ends read under names of their own (docs/opentelemetry.md), beside the
    /// GenAI conventions: off unless asked for here. Never a prompt, an answer, or a tool's arguments or result; the user's
    /// id as it is stored, so hashed unless plain ids are configured. Attempts get none: they would be counted as calls.
    /// </summary>
    /// <param name="options">The telemetry's options, before the host starts.</param>
    /// <param name="compatibility">The vocabularies; several may be combined, and asked for again without effect.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A flag of <paramref name="compatibility"/> is not defined.</exception>
    public static LlmTelemetryOptions AddCompatibilityAttributes(this LlmTelemetryOptions options, LlmCompatibility compatibility)
    {
        ArgumentNullException.ThrowIfNull(options);
        if ((compatibility & ~All) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(compatibility), compatibility, "There is no such vocabulary.");
        }

        if (compatibility != LlmCompatibility.None)
        {
            var spans = new CompatibilitySpans(compatibility);
            options.EnrichSpan += spans.Enrich;
            options.EnrichToolSpan += spans.Enrich;
        }

        return options;
    }
}

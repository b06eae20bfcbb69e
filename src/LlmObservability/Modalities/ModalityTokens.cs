namespace LlmObservability.Modalities;

/// <summary>
/// What tokens are of, where the adapter gives plain counts: what goes into speech recognition is sound, what comes out of
/// speech is sound too, and images come out of an image generator. Each has a price of its own with some models.
/// </summary>
internal static class ModalityTokens
{
    public static LlmTokens AudioInput(LlmTokens tokens) =>
        tokens.UncachedInput == 0 || tokens.Detail is { AudioInput: > 0 } or { AudioCacheRead: > 0 }
            ? tokens
            : tokens with { UncachedInput = 0, Detail = DetailOf(tokens) with { AudioInput = tokens.UncachedInput } };

    public static LlmTokens AudioOutput(LlmTokens tokens) =>
        tokens.VisibleOutput == 0 || tokens.Detail is { AudioOutput: > 0 }
            ? tokens
            : tokens with { VisibleOutput = 0, Detail = DetailOf(tokens) with { AudioOutput = tokens.VisibleOutput } };

    public static LlmTokens ImageOutput(LlmTokens tokens) =>
        tokens.VisibleOutput == 0 || tokens.Detail is { ImageOutput: > 0 }
            ? tokens
            : tokens with { VisibleOutput = 0, Detail = DetailOf(tokens) with { ImageOutput = tokens.VisibleOutput } };

    private static LlmTokenDetail DetailOf(in LlmTokens tokens) => tokens.Detail ?? new LlmTokenDetail();
}

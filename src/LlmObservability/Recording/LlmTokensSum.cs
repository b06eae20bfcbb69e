namespace LlmObservability;

/// <summary>Adds up the billed attempts of a call.</summary>
internal static class LlmTokensSum
{
    public static LlmTokens Add(in LlmTokens left, in LlmTokens right)
    {
        return new LlmTokens
        {
            Source = Weaker(left.Source, right.Source),
            UncachedInput = left.UncachedInput + right.UncachedInput,
            CacheRead = left.CacheRead + right.CacheRead,
            CacheWrite5m = left.CacheWrite5m + right.CacheWrite5m,
            CacheWrite1h = left.CacheWrite1h + right.CacheWrite1h,
            VisibleOutput = left.VisibleOutput + right.VisibleOutput,
            Reasoning = left.Reasoning + right.Reasoning,
            Detail = Add(left.Detail, right.Detail),
        };
    }

    public static LlmCost Add(in LlmCost left, in LlmCost right)
    {
        return new LlmCost
        {
            InputNanos = left.InputNanos + right.InputNanos,
            CachedInputNanos = left.CachedInputNanos + right.CachedInputNanos,
            OutputNanos = left.OutputNanos + right.OutputNanos,
            FeesNanos = left.FeesNanos + right.FeesNanos,
        };
    }

    // A sum with a part missing or estimated is a lower bound.
    private static LlmUsageSource Weaker(LlmUsageSource left, LlmUsageSource right) =>
        left == right ? left : LlmUsageSource.Estimated;

    private static LlmTokenDetail? Add(LlmTokenDetail? left, LlmTokenDetail? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        return new LlmTokenDetail
        {
            AudioInput = left.AudioInput + right.AudioInput,
            ImageInput = left.ImageInput + right.ImageInput,
            VideoInput = left.VideoInput + right.VideoInput,
            AudioCacheRead = left.AudioCacheRead + right.AudioCacheRead,
            ImageCacheRead = left.ImageCacheRead + right.ImageCacheRead,
            AudioOutput = left.AudioOutput + right.AudioOutput,
            ImageOutput = left.ImageOutput + right.ImageOutput,
            VideoOutput = left.VideoOutput + right.VideoOutput,
            Citation = left.Citation + right.Citation,
        };
    }
}

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>Tokens, and what they cost at the model's prices.</summary>
internal readonly record struct Usage(LlmTokens Tokens, LlmCost? Cost, LlmCostReason Reason)
{
    private const double ReadsCacheShare = 0.3;
    private const double WritesCacheShare = 0.05;

    public static Usage Missing => new(default(LlmTokens) with { Source = LlmUsageSource.Missing }, null, LlmCostReason.MissingUsage);

    public static Usage FromCache => Missing with { Cost = default(LlmCost), Reason = LlmCostReason.Cached };

    public static Usage Of(Lane lane, Course course, SeededRandom random)
    {
        if (course.Cached)
        {
            return FromCache;
        }

        if (course.Outcome is LlmOutcome.Failed or LlmOutcome.Cancelled)
        {
            return Missing;
        }

        var (model, route) = (lane.Model, lane.Route);
        var input = random.LogNormalCount(route.MedianInput, 0.8, 180_000);
        var read = model.CacheReadNanos > 0 && random.Hits(ReadsCacheShare) ? (int)(input * (0.5 + (0.4 * random.NextShare()))) : 0;
        var written = model.CacheWriteNanos > 0 && read == 0 && random.Hits(WritesCacheShare) ? input / 2 : 0;
        var answered = course.Answered ? 1 : random.NextShare();
        var tokens = new LlmTokens
        {
            // Of a stream that its reader left, the counts are estimates.
            Source = course.Answered ? LlmUsageSource.Reported : LlmUsageSource.Estimated,
            UncachedInput = input - read - written,
            CacheRead = read,
            CacheWrite5m = written,
            VisibleOutput = model.Embeds ? 0 : Math.Max(1, (int)(answered * random.LogNormalCount(route.MedianOutput, 0.7, 16_000))),
            Reasoning = model.MedianReasoning == 0 ? 0 : random.LogNormalCount(model.MedianReasoning, 0.9, 32_000),
        };
        return new Usage(tokens, Price(model, tokens), LlmCostReason.Priced);
    }

    private static LlmCost Price(ModelProfile model, LlmTokens tokens) => new()
    {
        InputNanos = (tokens.UncachedInput * model.InputNanos) + (tokens.CacheWrite5m * model.CacheWriteNanos),
        CachedInputNanos = tokens.CacheRead * model.CacheReadNanos,
        OutputNanos = tokens.Output * model.OutputNanos,
    };
}

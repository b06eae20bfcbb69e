namespace LlmObservability.Pricing;

/// <summary>What can have a price of its own. The order is that of the arrays in <see cref="RateCard"/>.</summary>
internal enum PriceClass
{
    In,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    AudioIn,
    ImageIn,
    VideoIn,
    AudioCacheRead,
    ImageCacheRead,
    Out,
    Reasoning,
    Citation,
    AudioOut,
    ImageOut,
    VideoOut,

    /// <summary>Fee per call, published per 1,000.</summary>
    Request,

    /// <summary>Fee per web search, published per 1,000.</summary>
    WebSearch,

    /// <summary>Fee per reranking, published per 1,000; chat calls have none, so it is read and not charged.</summary>
    Rerank,
}

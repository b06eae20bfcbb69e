namespace LlmObservability;

/// <summary>The rare token classes, disjoint from each other and from those of <see cref="LlmTokens"/>. All ≥ 0.</summary>
public sealed record LlmTokenDetail
{
    /// <summary>Audio input that was not read from a cache.</summary>
    public long AudioInput { get; init; }

    /// <summary>Image input that was not read from a cache.</summary>
    public long ImageInput { get; init; }

    /// <summary>Video input.</summary>
    public long VideoInput { get; init; }

    /// <summary>Audio input read from a cache.</summary>
    public long AudioCacheRead { get; init; }

    /// <summary>Image input read from a cache.</summary>
    public long ImageCacheRead { get; init; }

    /// <summary>Audio output.</summary>
    public long AudioOutput { get; init; }

    /// <summary>Image output.</summary>
    public long ImageOutput { get; init; }

    /// <summary>Video output.</summary>
    public long VideoOutput { get; init; }

    /// <summary>Citation tokens in the output.</summary>
    public long Citation { get; init; }

    /// <summary>The input classes' sum.</summary>
    public long TotalInput => AudioInput + ImageInput + VideoInput + AudioCacheRead + ImageCacheRead;

    /// <summary>The output classes' sum.</summary>
    public long TotalOutput => AudioOutput + ImageOutput + VideoOutput + Citation;
}

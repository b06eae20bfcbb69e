namespace LlmObservability;

/// <summary>Where token counts come from.</summary>
public enum LlmUsageSource
{
    /// <summary>The provider reported no usage; counts are unknown, not zero.</summary>
    Missing,

    /// <summary>The provider reported them.</summary>
    Reported,

    /// <summary>A lower bound: estimated from the text that was seen, or a sum of attempts of which one is, or told nothing.</summary>
    Estimated,
}

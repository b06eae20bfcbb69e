namespace LlmObservability;

/// <summary>Why a cost is what it is: priced, or the reason it is not known. Text form: <see cref="LlmVocabulary"/>.</summary>
public enum LlmCostReason
{
    /// <summary>Priced from the catalog or an override; <see cref="LlmCall.PriceEntry"/> says which.</summary>
    Priced,

    /// <summary>The provider reported the cost itself.</summary>
    ReportedByProvider,

    /// <summary>Answered from a cache: known to be 0.</summary>
    Cached,

    /// <summary>
    /// Unknown: wrapped clients stand below and none was called, so either a cache answered, or a client that is not wrapped.
    /// </summary>
    MaybeCached,

    /// <summary>Unknown: no price entry matches the model.</summary>
    UnknownModel,

    /// <summary>Unknown: no token counts.</summary>
    MissingUsage,

    /// <summary>Unknown: only some of the token counts that the price needs.</summary>
    IncompleteUsage,

    /// <summary>Unknown: the token counts contradict each other, for example more cached than input.</summary>
    InvalidUsage,

    /// <summary>Unknown: the amount does not fit in a 64-bit count of nano-dollars.</summary>
    OutOfRange,

    /// <summary>No model was called, as in the record of a tool by itself: known to be 0.</summary>
    NoModel,
}

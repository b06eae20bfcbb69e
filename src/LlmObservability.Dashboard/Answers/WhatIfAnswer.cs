using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Answers;

/// <summary>What calls cost, and what they would have cost as another model. Amounts of no call at all are left out.</summary>
internal sealed record WhatIfAnswer
{
    public WhatIfAnswer(WhatIfReport report, CacheSavings savings, DateTimeOffset? oldest, bool isCut, DateTimeOffset? cappedFrom)
    {
        Calls = report.Calls;
        Compared = report.Compared;
        if (report.Compared > 0)
        {
            (ActualNanos, ActualUsd) = Both(report.ActualNanos);
            (WhatIfNanos, WhatIfUsd) = Both(report.WhatIfNanos);
            (DifferenceNanos, DifferenceUsd) = Both(report.DifferenceNanos);
        }

        SearchesWithoutPrice = report.SearchesWithoutPrice;
        NotCompared =
        [
            .. report.NotCompared.Select(left => new NotComparedAnswer(left.Key.ToName(), left.Value))
                .OrderByDescending(left => left.Calls).ThenBy(left => left.Reason, StringComparer.Ordinal),
        ];
        if (report.Calls > savings.Unknown)
        {
            (CacheSavingsNanos, CacheSavingsUsd) = Both(savings.Nanos);
        }

        CacheSavingsUnknown = savings.Unknown;
        OldestStartedAt = oldest;
        IsCut = isCut;
        CappedFrom = cappedFrom;
    }

    public long Calls { get; }

    public long Compared { get; }

    public Nanos? ActualNanos { get; }

    public ExactDecimal? ActualUsd { get; }

    public Nanos? WhatIfNanos { get; }

    public ExactDecimal? WhatIfUsd { get; }

    public Nanos? DifferenceNanos { get; }

    public ExactDecimal? DifferenceUsd { get; }

    public long SearchesWithoutPrice { get; }

    public IReadOnlyList<NotComparedAnswer> NotCompared { get; }

    public Nanos? CacheSavingsNanos { get; }

    public ExactDecimal? CacheSavingsUsd { get; }

    public long CacheSavingsUnknown { get; }

    public DateTimeOffset? OldestStartedAt { get; }

    public bool IsCut { get; }

    public DateTimeOffset? CappedFrom { get; }

    private static (Nanos Nanos, ExactDecimal Usd) Both(decimal nanos) => (new Nanos((long)nanos), new ExactDecimal(LlmCost.ToUsd((long)nanos)));
}

/// <summary>Why calls have no cost to compare, and how many.</summary>
internal sealed record NotComparedAnswer(string Reason, long Calls);

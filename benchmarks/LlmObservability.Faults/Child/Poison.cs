namespace LlmObservability.Faults.Child;

/// <summary>Makes amendments of every kind that a store has to put aside or to clean, a few among many good records.</summary>
internal sealed class Poison(LlmObserver observer)
{
    private const int Every = 20;
    private const int HugeText = 2 * 1024 * 1024;

    private int _made;

    public int Made => _made;

    /// <summary>Maybe one more, after so many calls.</summary>
    public void Add(int calls)
    {
        if (calls % Every == Every - 1)
        {
            observer.Amend(Next());
            _made++;
        }
    }

    private LlmAmendment Next()
    {
        var now = DateTimeOffset.UtcNow;
        now = new DateTimeOffset(now.UtcTicks / 10 * 10, TimeSpan.Zero);
        var good = Of(now, now);
        return (_made % 5) switch
        {
            0 => good with { Label = "NUL \0 in text" },
            1 => good with { Label = "half a pair: \ud83d" },
            2 => good with { Label = new string('x', HugeText) },
            // Before anything is kept.
            3 => Of(now, now.AddYears(-3)),
            // The id says another time than the start.
            _ => good with { CallStartedAt = now.AddHours(-2) },
        };
    }

    private static LlmAmendment Of(DateTimeOffset now, DateTimeOffset startedAt) => new()
    {
        Id = LlmCallId.Create(now),
        CallId = LlmCallId.Create(startedAt),
        CallStartedAt = startedAt,
        CreatedAt = now,
        Kind = Work.PoisonKind,
    };
}

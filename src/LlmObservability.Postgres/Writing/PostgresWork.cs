using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>A batch, divided into what becomes rows and what is put aside.</summary>
internal sealed record PostgresWork(LlmBatch Batch, List<Numbered> Accepted, List<Numbered> Rejected)
{
    /// <summary>Puts aside what is outside of the window, and what contradicts itself.</summary>
    public static PostgresWork Split(LlmBatch batch, DateTimeOffset oldest, DateTimeOffset newest)
    {
        List<Numbered> accepted = new(batch.Envelopes.Count);
        List<Numbered> rejected = [];
        for (var i = 0; i < batch.Envelopes.Count; i++)
        {
            var envelope = batch.Envelopes[i];
            var item = new Numbered(batch.FirstSequence + i, envelope);
            if (envelope.CallStartedAt < oldest || envelope.CallStartedAt > newest)
            {
                rejected.Add(item with { Reason = LlmDropReason.OutsideWindow });
            }
            else if (Contradiction(envelope) is { } contradiction)
            {
                rejected.Add(item with { Reason = LlmDropReason.Poison, Detail = contradiction });
            }
            else
            {
                accepted.Add(item);
            }
        }

        return new PostgresWork(batch, accepted, rejected);
    }

    /// <summary>The same, with those aside that are chosen.</summary>
    public PostgresWork PutAside(Predicate<Numbered> chosen, LlmDropReason reason, string detail)
    {
        var aside = Accepted.FindAll(chosen).ConvertAll(item => item with { Reason = reason, Detail = detail });
        return this with { Accepted = Accepted.FindAll(item => !chosen(item)), Rejected = [.. Rejected, .. aside] };
    }

    /// <summary>The days of its rows.</summary>
    public HashSet<DateOnly> Days()
    {
        HashSet<DateOnly> days = [];
        DateOnly? last = null;
        foreach (var item in Accepted)
        {
            var day = PostgresPartitions.DayOf(item.Envelope.CallStartedAt);
            if (day != last)
            {
                days.Add(day);
                last = day;
            }
        }

        return days;
    }

    private static string? Contradiction(LlmEnvelope envelope)
    {
        if (!LlmCallId.Matches(envelope.CallId, envelope.CallStartedAt))
        {
            return "Its id does not hold the time at which it began.";
        }

        // It would change sums that nobody corrects.
        if (envelope is LlmAmendmentEnvelope { Amendment.Kind: LlmVocabulary.Repricing })
        {
            return "Its kind is 'repricing', which only a repricing of the store writes.";
        }

        // Two children of one ordinal contradict each other; the key would let only one in.
        return envelope is not LlmCallEnvelope call
            || ((call.Attempts.Count < 2 || call.Attempts.DistinctBy(attempt => attempt.Ordinal).Count() == call.Attempts.Count)
                && (call.ToolCalls.Count < 2 || call.ToolCalls.DistinctBy(tool => tool.Ordinal).Count() == call.ToolCalls.Count))
            ? null : "Two of its attempts or tool calls have one ordinal.";
    }
}

/// <summary>An envelope with its number, and why it is put aside if it is; the detail holds none of its data.</summary>
internal readonly record struct Numbered(long Sequence, LlmEnvelope Envelope, LlmDropReason? Reason = null, string? Detail = null);

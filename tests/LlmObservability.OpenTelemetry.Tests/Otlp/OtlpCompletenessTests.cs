using LlmObservability.OpenTelemetry.Otlp;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Nothing of a record is left out of its log record, and nothing in it is undocumented: by reflection, so that no later property is forgotten.</summary>
public sealed class OtlpCompletenessTests
{
    private static readonly DateTimeOffset StartedAt = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    // Failed, as only failures have an error; with ids, as only those show where they are changed.
    private static readonly LlmCall Call = new()
    {
        Id = new Guid("019c0000-1111-7222-8333-444455556666"),
        StartedAt = StartedAt,
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        SpanId = "b7ad6b7169203331",
        ParentSpanId = "00f067aa0ba902b7",
        Outcome = LlmOutcome.Failed,
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported },
    };

    private static readonly LlmAttempt Attempt = new()
    {
        Ordinal = 1,
        StartedAt = StartedAt,
        SpanId = "1111111111111111",
        ParentSpanId = "b7ad6b7169203331",
        Outcome = LlmOutcome.Failed,
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported },
    };

    private static readonly LlmToolCall Tool = new()
    {
        Ordinal = 1,
        StartedAt = StartedAt,
        Name = "search",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        SpanId = "2222222222222222",
        ParentSpanId = "1111111111111111",
        Outcome = LlmOutcome.Failed,
    };

    private static readonly LlmAmendment Amendment = new()
    {
        Id = new Guid("019c0000-1111-7222-8333-444455557777"),
        CallId = Call.Id,
        CallStartedAt = StartedAt,
        CreatedAt = StartedAt.AddMinutes(1),
        Kind = "note",
    };

    [Fact]
    public void Every_property_of_a_call_is_in_its_log_record() => EachShows(Call, call => new LlmCallEnvelope(call), atLeast: 60);

    [Fact]
    public void Every_property_of_an_attempt_is_in_its_log_record() =>
        EachShows(Attempt, attempt => new LlmCallEnvelope(Call) { Attempts = [attempt] }, atLeast: 38);

    [Fact]
    public void Every_property_of_a_tool_call_is_in_its_log_record() =>
        EachShows(Tool, tool => new LlmCallEnvelope(Call) { ToolCalls = [tool] }, atLeast: 11);

    [Fact]
    public void Every_property_of_an_amendment_is_in_its_log_record() => EachShows(Amendment, amendment => new LlmAmendmentEnvelope(amendment), atLeast: 14);

    [Fact]
    public void What_is_in_no_property_by_itself_is_there_too()
    {
        Show("custom tags", new LlmCallEnvelope(Call), new LlmCallEnvelope(Call with { Tags = new LlmTags([new("team", "core")]) }));
        Show("no attempt", new LlmCallEnvelope(Call), new LlmCallEnvelope(Call with { AttemptCount = 0 }));
        Show("the call of a late tool", new LlmToolCallEnvelope(Call.Id, StartedAt, Tool), new LlmToolCallEnvelope(Call.Id, StartedAt.AddDays(1), Tool));
        var record = Records(new LlmAmendmentEnvelope(Amendment)).ShouldHaveSingleItem();
        record.Text("llm_observability.amendment.call_started_at").ShouldBe("2026-03-14T15:09:26.0000000Z");
        Records(new LlmCallEnvelope(Call) { Attempts = [Attempt with { Http = new LlmHttpDetail { SendCount = 3 } }] })[1]
            .Integer("llm_observability.attempt.http.sends").ShouldBe(3);
    }

    [Fact]
    public void All_keys_are_those_that_the_document_tells()
    {
        // What came to its end says so in no attribute: the others do.
        var call = RecordChanges.All(Call) with { Outcome = LlmOutcome.Failed };
        call = call with { Tokens = call.Tokens with { Source = LlmUsageSource.Reported } };
        var attempt = RecordChanges.All(Attempt) with { Outcome = LlmOutcome.Failed };
        var tool = RecordChanges.All(Tool) with { Outcome = LlmOutcome.Failed };
        var amendment = RecordChanges.All(Amendment);
        var records = Records(
            new LlmCallEnvelope(call) { Attempts = [attempt], ToolCalls = [tool] },
            new LlmToolCallEnvelope(call.Id, StartedAt, tool),
            new LlmAmendmentEnvelope(amendment),
            new LlmAmendmentEnvelope(amendment with { Score = null, Label = null }));
        Keys(records[0]).ShouldBe(DocumentedKeys.OfCallRecords.Distinct(), ignoreOrder: true);
        Keys(records[1]).ShouldBe(DocumentedKeys.OfRecords("**An attempt**"), ignoreOrder: true);
        Keys(records[2], records[3]).ShouldBe(DocumentedKeys.OfRecords("**A tool call**"), ignoreOrder: true);
        Keys(records[4], records[5]).ShouldBe(DocumentedKeys.OfRecords("**An amendment**"), ignoreOrder: true);

        static IEnumerable<string> Keys(params OtlpRecord[] records) => records.SelectMany(record => record.Attributes.Keys).Distinct()
            .Where(key => !key.StartsWith("llm_observability.tag.", StringComparison.Ordinal));
    }

    private static void EachShows<T>(T record, Func<T, LlmEnvelope> envelope, int atLeast)
        where T : notnull
    {
        var changes = RecordChanges.Each(record).ToList();
        changes.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        foreach (var (path, changed) in changes)
        {
            Show(path, envelope(record), envelope(changed));
        }
    }

    private static void Show(string what, LlmEnvelope before, LlmEnvelope after) =>
        Convert.ToBase64String(Encode(after)).ShouldNotBe(Convert.ToBase64String(Encode(before)), what);

    private static IReadOnlyList<OtlpRecord> Records(params LlmEnvelope[] envelopes) => new OtlpReceived("", [], Encode(envelopes)).Records;

    private static byte[] Encode(params LlmEnvelope[] envelopes)
    {
        using var message = new OtlpMessage(OtlpSettings.Of(new OtlpLlmOptions(), "otlp", _ => null, application: null));
        message.Write(Sending.Batch(envelopes));
        return message.Body.ToArray();
    }
}

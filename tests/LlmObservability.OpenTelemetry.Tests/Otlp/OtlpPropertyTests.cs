using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.OpenTelemetry.Otlp;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Sinks;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Whatever an envelope holds, what is sent is OTLP in JSON.</summary>
public sealed class OtlpPropertyTests
{
    private const LlmCompatibility Both = LlmCompatibility.Langfuse | LlmCompatibility.OpenInference;

    [Fact]
    public void Any_envelopes_become_log_records_with_their_ids() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var envelopes = Envelopes(seed);
            using var json = Encode(OtlpSignal.Logs, envelopes);
            OtlpSchema.Logs.Check(json.RootElement);
            Records(json.RootElement, "resourceLogs", "scopeLogs", "logRecords").Select(record => record.Uid).ShouldBe(envelopes.SelectMany(Sending.UidsOf));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_envelopes_become_spans_of_which_each_has_an_id_of_its_own() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var envelopes = Envelopes(seed);
            using var json = Encode(OtlpSignal.Spans, envelopes);
            OtlpSchema.Spans.Check(json.RootElement);
            var records = Records(json.RootElement, "resourceSpans", "scopeSpans", "spans");
            records.Select(record => record.Uid).Distinct().Count().ShouldBe(records.Count);
            records.All(record => record.Field("parentSpanId") != record.Field("spanId")).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_number_of_the_librarys_own_stands_where_back_ends_add_up()
    {
        using var json = Encode(OtlpSignal.Logs, [.. ScriptedCalls.Create(500)], LlmCompatibility.None);
        var keys = Records(json.RootElement, "resourceLogs", "scopeLogs", "logRecords").SelectMany(record => record.Attributes.Keys).ToHashSet();
        keys.Where(key => key.StartsWith("gen_ai.usage.", StringComparison.Ordinal)).Order().ShouldBe(
        [
            "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cost", "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens", "gen_ai.usage.reasoning.output_tokens",
        ]);
    }

    [Theory]
    [InlineData(OtlpSignal.Logs)]
    [InlineData(OtlpSignal.Spans)]
    public void Other_vocabularies_are_written_where_they_are_asked_for(OtlpSignal signal)
    {
        var call = new LlmCallEnvelope(ScriptedCalls.Create(1)[0].Call with { Tags = new LlmTags { Session = "s-1" } });
        foreach (var (compatibility, expected) in new[] { (LlmCompatibility.None, false), (LlmCompatibility.Langfuse, true), (Both, true) })
        {
            using var json = Encode(signal, [call], compatibility);
            var names = signal == OtlpSignal.Logs ? ("resourceLogs", "scopeLogs", "logRecords") : ("resourceSpans", "scopeSpans", "spans");
            Records(json.RootElement, names.Item1, names.Item2, names.Item3)[0].Attributes.ContainsKey("session.id").ShouldBe(expected);
        }
    }

    private static LlmEnvelope[] Envelopes(int seed)
    {
        var any = new EnvelopeGenerator(seed);
        var real = new ScriptedCalls(seed, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        var call = real.NextEnvelope();
        return [any.Next(), call, any.Next(), new LlmAmendmentEnvelope(real.AmendmentOf(call.Call)), any.CallEnvelope(), new LlmToolCallEnvelope(call.CallId, call.CallStartedAt, LateTool(call))];
    }

    private static LlmToolCall LateTool(LlmCallEnvelope call) => new() { Ordinal = 99, StartedAt = call.CallStartedAt, Name = "late", Outcome = LlmOutcome.Completed };

    private static JsonDocument Encode(OtlpSignal signal, IReadOnlyList<LlmEnvelope> envelopes, LlmCompatibility compatibility = Both)
    {
        using var message = new OtlpMessage(OtlpSettings.Of(new OtlpLlmOptions { Signal = signal, Compatibility = compatibility }, "otlp", _ => null, application: null));
        message.Write(Sending.Batch(envelopes));
        return JsonDocument.Parse(message.Body.ToArray());
    }

    private static List<OtlpRecord> Records(JsonElement root, string resources, string scopes, string records) =>
        [.. root.GetProperty(resources)[0].GetProperty(scopes)[0].GetProperty(records).EnumerateArray().Select(record => new OtlpRecord(record))];
}

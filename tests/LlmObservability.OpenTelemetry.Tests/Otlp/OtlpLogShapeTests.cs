using System.Globalization;
using System.Text.Json;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>What records look like as log records.</summary>
public sealed class OtlpLogShapeTests
{
    private static readonly DateTimeOffset StartedAt = new(2026, 3, 14, 15, 9, 26, 535, 897, TimeSpan.Zero);

    private static readonly LlmCall Call = new()
    {
        Id = new Guid("019c0000-1111-7222-8333-444455556666"),
        StartedAt = StartedAt,
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        SpanId = "b7ad6b7169203331",
        ParentSpanId = "00f067aa0ba902b7",
        Tags = new LlmTags([new("team", "grün")]) { Tenant = "acme", Conversation = "c-1", Service = "shop" },
        Provider = "openai",
        RequestModel = "gpt-4.1",
        ResponseModel = "gpt-4.1-2025-04-14",
        ServerAddress = "api.openai.com",
        ServerPort = 443,
        Outcome = LlmOutcome.Failed,
        ErrorType = "System.TimeoutException",
        HttpStatus = 503,
        AttemptCount = 1,
        ToolCallCount = 1,
        Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 9_007_199_254_740_993, CacheRead = 7, VisibleOutput = 3 },
        Cost = new LlmCost { InputNanos = 1_500_000_000, OutputNanos = 1 },
        PriceEntry = "openai/gpt-4.1",
        CatalogDate = new DateOnly(2026, 2, 1),
        Duration = TimeSpan.FromMicroseconds(1_234_567),
        ProviderTime = TimeSpan.FromSeconds(1),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_one_record_with_all_that_is_known()
    {
        var request = await SendAsync(new LlmCallEnvelope(Call));
        request.Path.ShouldBe("/v1/logs");
        request.Headers["Content-Type"].ShouldBe("application/json");
        request.Scope.GetProperty("name").GetString().ShouldBe("LlmObservability");
        request.Scope.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        request.Scopes.GetProperty("schemaUrl").GetString().ShouldBe("https://opentelemetry.io/schemas/1.41.0");
        var record = request.Records.ShouldHaveSingleItem();
        record.Field("eventName").ShouldBe("llm_observability.call");
        record.Field("timeUnixNano").ShouldBe("1773500966535897000");
        record.Field("observedTimeUnixNano").ShouldBe("1773500967770464000");
        record.Json.GetProperty("severityNumber").GetInt32().ShouldBe(13);
        record.Field("severityText").ShouldBe("WARN");
        record.Field("traceId").ShouldBe(Call.TraceId);
        record.Field("spanId").ShouldBe(Call.SpanId);
        record.Json.GetProperty("body").GetProperty("stringValue").GetString()!.ShouldStartWith($"LLM call {Call.Id} failed: chat gpt-4.1-2025-04-14");
        record.Text("log.record.uid").ShouldBe($"{Call.Id}");
        record.Text("llm_observability.call.id").ShouldBe($"{Call.Id}");
        record.Text("gen_ai.request.model").ShouldBe("gpt-4.1");
        record.Text("llm_observability.tag.tenant").ShouldBe("acme");
        record.Text("llm_observability.tag.service").ShouldBe("shop");
        record.Text("llm_observability.tag.team").ShouldBe("grün");
        record.Text("gen_ai.conversation.id").ShouldBe("c-1");
        record.Integer("server.port").ShouldBe(443);
        record.Integer("gen_ai.usage.input_tokens").ShouldBe(9_007_199_254_741_000);
        record.Integer("llm_observability.tokens.uncached_input").ShouldBe(9_007_199_254_740_993);
        record.Number("gen_ai.usage.cost").ShouldBe(1.500000001);
        record.Integer("llm_observability.cost.nanos").ShouldBe(1_500_000_001);
        record.Integer("llm_observability.cost.output_nanos").ShouldBe(1);
        record.Text("llm_observability.price.entry").ShouldBe("openai/gpt-4.1");
        record.Text("llm_observability.price.catalog_date").ShouldBe("2026-02-01");
        record.Number("llm_observability.duration").ShouldBe(1.234567);
        record.Number("llm_observability.provider_time").ShouldBe(1);
        record.Attributes.ShouldNotContainKey("trace_id");
        record.Attributes.ShouldNotContainKey("{OriginalFormat}");
    }

    [Fact]
    public async Task Attempts_and_tool_calls_are_records_linked_to_it()
    {
        var request = await SendAsync(new LlmCallEnvelope(Call)
        {
            Attempts =
            [
                new LlmAttempt
                {
                    Ordinal = 1, StartedAt = StartedAt, Provider = "openai", RequestModel = "gpt-4.1", Outcome = LlmOutcome.Failed, HttpStatus = 429,
                    ErrorType = "E", SpanId = "1111111111111111", ParentSpanId = Call.SpanId,
                    Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 5 }, Cost = new LlmCost { InputNanos = 2 },
                },
                new LlmAttempt { Ordinal = 2, StartedAt = StartedAt, Outcome = LlmOutcome.Completed },
            ],
            ToolCalls = [new LlmToolCall { Ordinal = 1, StartedAt = StartedAt, Name = "search", ToolCallId = "t-1", Outcome = LlmOutcome.Completed, TraceId = Call.TraceId, SpanId = "2222222222222222" }],
        });
        request.Uids.ShouldBe([$"{Call.Id}", $"{Call.Id}/attempt/1", $"{Call.Id}/attempt/2", $"{Call.Id}/tool/1"]);
        request.Records.ShouldAllBe(record => record.Text("llm_observability.call.id") == $"{Call.Id}" && record.Field("traceId") == Call.TraceId);
        var (first, second, tool) = (request.Records[1], request.Records[2], request.Records[3]);
        first.Field("eventName").ShouldBe("llm_observability.attempt");
        first.Field("spanId").ShouldBe("1111111111111111");
        second.Field("spanId").ShouldBe(Call.SpanId);
        first.Json.GetProperty("severityNumber").GetInt32().ShouldBe(13);
        second.Json.GetProperty("severityNumber").GetInt32().ShouldBe(9);
        first.Integer("llm_observability.attempt.ordinal").ShouldBe(1);
        first.Integer("http.response.status_code").ShouldBe(429);
        first.Integer("llm_observability.attempt.tokens.uncached_input").ShouldBe(5);
        first.Integer("llm_observability.attempt.cost.nanos").ShouldBe(2);
        // What a back end would add up is on the call alone.
        first.Attributes.Keys.ShouldNotContain(key => key.StartsWith("gen_ai.", StringComparison.Ordinal));
        tool.Field("eventName").ShouldBe("llm_observability.tool_call");
        tool.Field("spanId").ShouldBe("2222222222222222");
        tool.Text("gen_ai.tool.name").ShouldBe("search");
        tool.Text("gen_ai.tool.call.id").ShouldBe("t-1");
    }

    [Fact]
    public async Task What_comes_later_is_linked_by_the_calls_id()
    {
        var tool = new LlmToolCall { Ordinal = 3, StartedAt = StartedAt, Name = "search", Outcome = LlmOutcome.Completed };
        var verdict = Amendment("verdict") with { Name = "judge", Score = 1, Label = "good" };
        var correction = Amendment("correction") with { Cost = new LlmCost { InputNanos = 9 }, CostReason = LlmCostReason.Priced, PriceEntry = "p" };
        var request = await SendAsync(
            new LlmToolCallEnvelope(Call.Id, StartedAt, tool), new LlmAmendmentEnvelope(verdict), new LlmAmendmentEnvelope(correction));
        request.Uids.ShouldBe([$"{Call.Id}/tool/3", $"{verdict.Id}", $"{correction.Id}"]);
        request.Records.ShouldAllBe(record => record.Text("llm_observability.call.id") == $"{Call.Id}" && record.Field("traceId") == null);
        request.Records[1].Field("eventName").ShouldBe("gen_ai.evaluation.result");
        request.Records[1].Text("gen_ai.evaluation.name").ShouldBe("judge");
        request.Records[1].Number("gen_ai.evaluation.score.value").ShouldBe(1);
        request.Records[1].Text("gen_ai.evaluation.score.label").ShouldBe("good");
        request.Records[1].Text("llm_observability.amendment.kind").ShouldBe("verdict");
        request.Records[2].Field("eventName").ShouldBe("llm_observability.amendment");
        request.Records[2].Integer("llm_observability.amendment.cost.nanos").ShouldBe(9);
    }

    [Fact]
    public async Task Ids_that_are_none_are_left_out()
    {
        var request = await SendAsync(new LlmCallEnvelope(Call with { TraceId = "0AF7651916CD43DD8448EB211C80319C" }), new LlmCallEnvelope(Call with { TraceId = new string('0', 32) }));
        request.Records.ShouldAllBe(record => record.Field("traceId") == null && record.Field("spanId") == null);
    }

    [Fact]
    public async Task Numbers_and_text_that_JSON_does_not_know_do_no_harm()
    {
        var call = Call with { Similarity = double.NaN, RequestModel = "half \ud83d of a pair", StartedAt = DateTimeOffset.MaxValue, Duration = TimeSpan.MaxValue };
        var record = (await SendAsync(new LlmCallEnvelope(call))).Records.ShouldHaveSingleItem();
        record.Attributes.ShouldNotContainKey("llm_observability.similarity");
        record.Text("gen_ai.request.model").ShouldBe("half \ufffd of a pair");
        ulong.Parse(record.Field("timeUnixNano")!, CultureInfo.InvariantCulture).ShouldBeGreaterThan(0UL);
    }

    [Fact]
    public async Task A_batch_that_comes_again_is_the_same_to_the_byte()
    {
        await using var server = await OtlpServer.StartAsync();
        var batch = Sending.Calls(50);
        foreach (var signal in new[] { OtlpSignal.Logs, OtlpSignal.Spans })
        {
            using var sink = Sending.Sink(server.Address, options => options.Signal = signal);
            using var another = Sending.Sink(server.Address, options => options.Signal = signal);
            await sink.WriteAsync(batch, Token);
            await sink.WriteAsync(batch, Token);
            await another.WriteAsync(batch, Token);
        }

        var bodies = server.Received.Select(request => Convert.ToBase64String(request.Body)).ToArray();
        bodies[..3].Distinct().ShouldHaveSingleItem();
        bodies[3..].Distinct().ShouldHaveSingleItem();
        server.Received[0].Uids.ShouldBe(batch.Envelopes.SelectMany(Sending.UidsOf));
    }

    [Fact]
    public async Task With_gzip_it_is_the_same_and_smaller()
    {
        await using var server = await OtlpServer.StartAsync();
        var batch = Sending.Calls(50);
        using var plain = Sending.Sink(server.Address);
        using var gzip = Sending.Sink(server.Address, options => options.Compression = OtlpCompression.Gzip);
        await plain.WriteAsync(batch, Token);
        await gzip.WriteAsync(batch, Token);
        await gzip.WriteAsync(batch, Token);
        server.Received[1].Headers["Content-Encoding"].ShouldBe("gzip");
        server.Received[1].Body.ShouldBe(server.Received[0].Body);
        server.Received[2].Body.ShouldBe(server.Received[0].Body);
        Length(server.Received[1]).ShouldBeLessThan(Length(server.Received[0]) / 4);

        static int Length(OtlpReceived request) => int.Parse(request.Headers["Content-Length"], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_newer_conventions_have_their_own_names_and_no_schema()
    {
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address, options => options.LatestConventions = true);
        await sink.WriteAsync(Sending.Batch(new LlmCallEnvelope(Call with { Tokens = Call.Tokens with { CacheWrite5m = 4 } })), Token);
        var request = server.Received.ShouldHaveSingleItem();
        request.Scopes.TryGetProperty("schemaUrl", out _).ShouldBeFalse();
        request.Records[0].Integer("gen_ai.usage.cache_write.input_tokens").ShouldBe(4);
        request.Records[0].Attributes.ShouldNotContainKey("gen_ai.usage.cache_creation.input_tokens");
    }

    private static LlmAmendment Amendment(string kind) => new()
    {
        Id = LlmCallId.Create(StartedAt),
        CallId = Call.Id,
        CallStartedAt = StartedAt,
        CreatedAt = StartedAt.AddMinutes(1),
        Kind = kind,
    };

    private static async Task<OtlpReceived> SendAsync(params LlmEnvelope[] envelopes)
    {
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address);
        (await sink.WriteAsync(Sending.Batch(envelopes), Token)).Written.ShouldBe(envelopes.Length);
        return server.Received.ShouldHaveSingleItem();
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmObservability.Sinks;

namespace LlmObservability.Tests.Sinks;

public sealed class LlmEnvelopeSerializerTests
{
    private const string MinimalCall =
        """{"v":1,"kind":"call","id":"01940000-0000-7000-8000-000000000000","started_at":"2025-01-01T00:00:00.000000Z","outcome":"completed","cost_reason":"missing_usage"}""";

    [Fact]
    public void Every_field_survives_the_way_there_and_back()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var envelope = new EnvelopeGenerator(seed).Next();

            var read = LlmEnvelopeSerializer.Deserialize(Serialize(envelope)).ShouldNotBeNull();

            ShouldBeEquivalent(read, envelope, $"seed {seed}");
        }
    }

    [Fact]
    public void The_form_of_a_call_is_the_documented_one()
    {
        var startedAt = new DateTimeOffset(2026, 3, 4, 7, 6, 7, TimeSpan.FromHours(2)).AddMicroseconds(123_456);
        var call = new LlmCall
        {
            Id = new Guid("01940000-0000-7000-8000-000000000000"),
            StartedAt = startedAt,
            Tags = new LlmTags([KeyValuePair.Create("team", "a\"b")]) { Tenant = "acme" },
            Provider = "openai",
            RequestModel = "gpt-4o-mini",
            Outcome = LlmOutcome.Completed,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 3, CacheRead = 4, VisibleOutput = 5 },
            Cost = new LlmCost { InputNanos = 450, CachedInputNanos = 300, OutputNanos = 3_000 },
            PriceEntry = "openai/gpt-4o-mini",
            CatalogDate = new DateOnly(2026, 3, 1),
            Duration = TimeSpan.FromMilliseconds(1.5),
            ProviderTime = TimeSpan.FromMilliseconds(1),
        };

        const string Expected = """
            {"v":1,"kind":"call","id":"01940000-0000-7000-8000-000000000000","started_at":"2026-03-04T05:06:07.123456Z",
            "tenant":"acme","tags":{"team":"a\"b"},"operation":"chat","output_type":"text","provider":"openai",
            "request_model":"gpt-4o-mini","outcome":"completed","streaming":false,"cached":false,"attempt_count":1,
            "tool_call_count":0,"usage_source":"reported","input_tokens":7,"uncached_input_tokens":3,"cache_read_tokens":4,
            "cache_write_5m_tokens":0,"cache_write_1h_tokens":0,"output_tokens":5,"visible_output_tokens":5,
            "reasoning_tokens":0,"cost_input_nanos":450,"cost_cached_input_nanos":300,"cost_output_nanos":3000,
            "cost_fees_nanos":0,"cost_nanos":3750,"cost_reason":"priced","price_entry":"openai/gpt-4o-mini",
            "catalog_date":"2026-03-01","duration_us":1500,"provider_time_us":1000}
            """;
        Encoding.UTF8.GetString(Serialize(new LlmCallEnvelope(call))).ShouldBe(Expected.ReplaceLineEndings(""));
    }

    [Fact]
    public void Fields_unknown_to_the_reader_are_skipped_at_any_depth()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var envelope = new EnvelopeGenerator(seed).Next();
            var json = JsonNode.Parse(Serialize(envelope))!.AsObject();
            AddUnknownFields(json, isTags: false);

            var read = LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(json.ToJsonString())).ShouldNotBeNull();

            ShouldBeEquivalent(read, envelope, $"seed {seed}");
        }
    }

    [Fact]
    public void Fields_may_come_in_any_order_and_the_kind_last()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var envelope = new EnvelopeGenerator(seed).Next();
            var json = JsonNode.Parse(Serialize(envelope))!.AsObject();
            var reversed = new JsonObject(json.Reverse().Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

            var read = LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(reversed.ToJsonString())).ShouldNotBeNull();

            ShouldBeEquivalent(read, envelope, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("""{"v":1,"kind":"lease","id":5}""")]
    [InlineData("""{"v":2,"kind":"call","id":{"all":"new"}}""")]
    [InlineData(""" {"kind":"lease","v":1} """)]
    public void An_unknown_kind_or_version_is_skipped(string json)
    {
        LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(json)).ShouldBeNull();
    }

    [Fact]
    public void A_null_counts_as_absent()
    {
        var json = MinimalCall.Replace("\"outcome\"", "\"provider\":null,\"tags\":null,\"operation\":null,\"outcome\"", StringComparison.Ordinal);

        var call = LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(json)).ShouldBeOfType<LlmCallEnvelope>().Call;

        call.Provider.ShouldBeNull();
        call.Operation.ShouldBe("chat");
        call.Tags.ShouldBe(LlmTags.Empty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"v":1}""")]
    [InlineData("""{"kind":"call"}""")]
    [InlineData("""{"v":0,"kind":"call"}""")]
    [InlineData("""{"v":1,"kind":"call"}""")]
    [InlineData("""{"v":1,"kind":"amendment"}""")]
    [InlineData("""{"v":1,"kind":5}""")]
    [InlineData(MinimalCall + "x")]
    [InlineData(MinimalCall + MinimalCall)]
    public void What_is_no_envelope_is_a_format_error(string json)
    {
        Should.Throw<LlmFormatException>(() => LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("\"outcome\":\"completed\"", "\"outcome\":\"vanished\"")]
    [InlineData("\"outcome\"", "\"duration_us\":-1,\"outcome\"")]
    [InlineData("\"outcome\"", "\"duration_us\":9223372036854775807,\"outcome\"")]
    [InlineData("\"outcome\"", "\"duration_us\":1.5,\"outcome\"")]
    [InlineData("\"outcome\"", "\"reasoning_tokens\":-1,\"outcome\"")]
    [InlineData("\"outcome\"", "\"cost_input_nanos\":99999999999999999999,\"outcome\"")]
    [InlineData("\"outcome\"", "\"catalog_date\":\"2025-02-30\",\"outcome\"")]
    [InlineData("\"outcome\"", "\"streaming\":1,\"outcome\"")]
    [InlineData("\"outcome\"", "\"tags\":[],\"outcome\"")]
    [InlineData("\"outcome\"", "\"tags\":{\"a\":1},\"outcome\"")]
    [InlineData("\"outcome\"", "\"attempts\":[{}],\"outcome\"")]
    [InlineData("\"outcome\"", "\"tool_calls\":{},\"outcome\"")]
    [InlineData("2025-01-01T", "2025-13-01T")]
    [InlineData("\"01940000-", "\"0194000-")]
    public void A_value_that_does_not_fit_is_a_format_error_that_repeats_none_of_it(string part, string replacement)
    {
        var json = MinimalCall.Replace(part, replacement, StringComparison.Ordinal);

        var exception = Should.Throw<LlmFormatException>(() => LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(json)));

        exception.Message.ShouldEndWith(".");
        exception.Message.ShouldNotContain("vanished");
    }

    [Fact]
    public void Damaged_bytes_give_an_envelope_or_a_format_error_and_nothing_else()
    {
        for (var seed = 0; seed < 6_000; seed++)
        {
            var random = new Random(seed);
            var bytes = Serialize(new EnvelopeGenerator(seed % 100).Next());
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            }

            var exception = Record.Exception(() => LlmEnvelopeSerializer.Deserialize(bytes));

            (exception is null or LlmFormatException).ShouldBeTrue($"seed {seed}: {exception}");
        }
    }

    [Fact]
    public void Truncated_bytes_are_a_format_error_at_every_length()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var bytes = Serialize(new EnvelopeGenerator(seed).Next());
            for (var length = 0; length < bytes.Length; length++)
            {
                Should.Throw<LlmFormatException>(() => LlmEnvelopeSerializer.Deserialize(bytes.AsSpan(0, length)), $"seed {seed}, length {length}");
            }
        }
    }

    [Fact]
    public void Text_that_is_not_valid_utf_16_is_written_with_the_replacement_character()
    {
        var envelope = new LlmCallEnvelope(((LlmCallEnvelope)LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(MinimalCall))!).Call with { Provider = "a\ud800b" });

        var read = LlmEnvelopeSerializer.Deserialize(Serialize(envelope)).ShouldBeOfType<LlmCallEnvelope>();

        read.Call.Provider.ShouldBe("a\ufffdb");
    }

    private static byte[] Serialize(LlmEnvelope envelope)
    {
        var buffer = new ArrayBufferWriter<byte>();
        LlmEnvelopeSerializer.Serialize(buffer, envelope);
        return buffer.WrittenSpan.ToArray();
    }

    private static void ShouldBeEquivalent(LlmEnvelope actual, LlmEnvelope expected, string because)
    {
        switch (expected)
        {
            case LlmCallEnvelope call:
                var read = actual.ShouldBeOfType<LlmCallEnvelope>(because);
                read.Call.ShouldBe(call.Call, because);
                read.Attempts.ShouldBe(call.Attempts, because);
                read.ToolCalls.ShouldBe(call.ToolCalls, because);
                break;
            case LlmAmendmentEnvelope amendment:
                actual.ShouldBeOfType<LlmAmendmentEnvelope>(because).Amendment.ShouldBe(amendment.Amendment, because);
                break;
            default:
                throw new InvalidOperationException("A new kind needs a line here.");
        }
    }

    private static void AddUnknownFields(JsonObject json, bool isTags)
    {
        foreach (var (key, value) in json.ToArray())
        {
            if (value is JsonObject inner)
            {
                AddUnknownFields(inner, key == "tags");
            }
            else if (value is JsonArray array)
            {
                foreach (var item in array.OfType<JsonObject>())
                {
                    AddUnknownFields(item, isTags: false);
                }
            }
        }

        if (!isTags)
        {
            json.Insert(0, "new_text", "x");
            json.Insert(1, new string('n', 200), JsonNode.Parse("""{"outcome":"unheard of","deep":[1,{"id":[]}]}"""));
            json.Add("new_array", JsonNode.Parse("[[],{},null,true]"));
        }
    }
}

using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pricing;

public class UsageNormalizerTests
{
    [Theory]
    [InlineData("openai")]
    [InlineData("azure.ai.openai")]
    [InlineData("az.ai.inference")]
    public void Openai_and_azure_count_cached_input_and_reasoning_inclusively(string provider)
    {
        Valid(new UsageDetails
        {
            InputTokenCount = 1_000,
            OutputTokenCount = 500,
            CachedInputTokenCount = 400,
            ReasoningTokenCount = 300,
            TotalTokenCount = 1_500,
        }, provider).ShouldBe(Tokens() with { UncachedInput = 600, CacheRead = 400, VisibleOutput = 200, Reasoning = 300 });
    }

    [Fact]
    public void A_total_that_happens_to_fit_does_not_take_reasoning_out_of_an_inclusive_adapters_output()
    {
        Valid(
            new UsageDetails { InputTokenCount = 100, OutputTokenCount = 500, ReasoningTokenCount = 300, TotalTokenCount = 900 }, "openai")
            .ShouldBe(Tokens() with { UncachedInput = 100, VisibleOutput = 200, Reasoning = 300 });
    }

    [Fact]
    public void Openai_audio_is_read_from_the_additional_counts()
    {
        Valid(new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 50,
            CachedInputTokenCount = 30,
            AdditionalCounts = new()
            {
                ["InputTokenDetails.AudioTokenCount"] = 60,
                ["OutputTokenDetails.AudioTokenCount"] = 20,
                ["OutputTokenDetails.AcceptedPredictionTokenCount"] = 9,
            },
        }, "openai").ShouldBe(Tokens() with
        {
            UncachedInput = 10,
            CacheRead = 30,
            VisibleOutput = 30,
            Detail = new LlmTokenDetail { AudioInput = 60, AudioOutput = 20 },
        });
    }

    [Fact]
    public void Audio_and_cached_input_that_overlap_share_only_what_they_must()
    {
        // 80 cached and 60 audio in 100: at least 40 are both.
        Valid(new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 0,
            CachedInputTokenCount = 80,
            AdditionalCounts = new() { ["InputTokenDetails.AudioTokenCount"] = 60 },
        }, "openai").ShouldBe(Tokens() with
        {
            CacheRead = 40,
            Detail = new LlmTokenDetail { AudioInput = 20, AudioCacheRead = 40 },
        });
    }

    [Fact]
    public void Anthropic_input_already_contains_cache_reads_and_writes()
    {
        var usage = new UsageDetails
        {
            InputTokenCount = 1_000,
            OutputTokenCount = 50,
            CachedInputTokenCount = 600,
            AdditionalCounts = new() { ["CacheCreationInputTokens"] = 300, ["WebSearchRequests"] = 2, ["WebFetchRequests"] = 1 },
        };
        Valid(usage, "anthropic").ShouldBe(Tokens() with { UncachedInput = 100, CacheRead = 600, CacheWrite5m = 300, VisibleOutput = 50 });
        UsageNormalizer.WebSearches(new ReportedUsage(usage)).ShouldBe(2);
        UsageNormalizer.WebSearches(default).ShouldBe(0);
    }

    [Theory]
    [InlineData("gcp.gemini")]
    [InlineData("google")]
    [InlineData("gcp.vertex_ai")]
    public void Google_reasoning_and_tool_prompts_are_added(string provider)
    {
        Valid(new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 50,
            ReasoningTokenCount = 200,
            CachedInputTokenCount = 40,
            TotalTokenCount = 370,
            AdditionalCounts = new() { ["ToolUsePromptTokenCount"] = 20 },
        }, provider).ShouldBe(Tokens() with { UncachedInput = 80, CacheRead = 40, VisibleOutput = 50, Reasoning = 200 });
    }

    [Fact]
    public void Bedrock_cache_reads_and_writes_are_added_to_the_input()
    {
        var tokens = Valid(new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 50,
            AdditionalCounts = new() { ["CacheReadInputTokens"] = 700, ["CacheWriteInputTokens"] = 200 },
        }, "aws.bedrock");
        tokens.ShouldBe(Tokens() with { UncachedInput = 100, CacheRead = 700, CacheWrite5m = 200, VisibleOutput = 50 });
        tokens.Input.ShouldBe(1_000);
    }

    [Fact]
    public void Ollama_reports_no_split()
    {
        Valid(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 8, TotalTokenCount = 15 }, "ollama")
            .ShouldBe(Tokens() with { UncachedInput = 7, VisibleOutput = 8 });
    }

    [Theory]
    [InlineData(160L, 50, 10)] // 100 + 50 + 10: reasoning stands beside the output
    [InlineData(150L, 40, 10)] // 100 + 50: it is part of it
    [InlineData(null, 40, 10)]
    public void An_unknown_adapters_total_tells_whether_output_contains_reasoning(long? total, long visible, long reasoning)
    {
        foreach (var provider in new[] { null, "", "some-gateway" })
        {
            Valid(new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 50,
                ReasoningTokenCount = 10,
                TotalTokenCount = total,
            }, provider).ShouldBe(Tokens() with { UncachedInput = 100, VisibleOutput = visible, Reasoning = reasoning });
        }
    }

    [Fact]
    public void More_cached_than_input_is_invalid_and_keeps_the_totals()
    {
        Invalid(new UsageDetails { InputTokenCount = 100, OutputTokenCount = 50, CachedInputTokenCount = 101 })
            .ShouldBe(Tokens() with { UncachedInput = 100, VisibleOutput = 50 });
    }

    [Fact]
    public void More_reasoning_than_output_is_invalid_and_keeps_the_totals()
    {
        Invalid(new UsageDetails { InputTokenCount = 100, OutputTokenCount = 50, CachedInputTokenCount = 10, ReasoningTokenCount = 51 })
            .ShouldBe(Tokens() with { UncachedInput = 100, VisibleOutput = 50 });
    }

    [Fact]
    public void More_written_for_an_hour_than_written_is_invalid_and_keeps_the_totals()
    {
        Invalid(new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 50,
            AdditionalCounts = new() { ["CacheCreationInputTokens"] = 10, ["CacheCreation1hInputTokens"] = 11 },
        }).ShouldBe(Tokens() with { UncachedInput = 100, VisibleOutput = 50 });
    }

    [Fact]
    public void Usages_of_one_stream_add_up_in_every_class()
    {
        static UsageDetails Usage(int times) => new()
        {
            InputTokenCount = 1_000 * times,
            OutputTokenCount = 500 * times,
            TotalTokenCount = 1_500 * times,
            CachedInputTokenCount = 100 * times,
            ReasoningTokenCount = 50 * times,
            AdditionalCounts = new()
            {
                ["CacheCreationInputTokens"] = 80 * times,
                ["CacheCreation1hInputTokens"] = 30 * times,
                ["ToolUsePromptTokenCount"] = 7 * times,
                ["InputTokenDetails.AudioTokenCount"] = 60 * times,
                ["OutputTokenDetails.AudioTokenCount"] = 20 * times,
                ["WebSearchRequests"] = 2 * times,
            },
        };
        var sum = new ReportedUsage(Usage(1));
        sum.Add(null);
        sum.Add(Usage(3));

        sum.ShouldBe(new ReportedUsage(Usage(4)));
        UsageNormalizer.WebSearches(sum).ShouldBe(8);
        UsageNormalizer.Normalize(sum, "openai", out _, out _).ShouldBe(Tokens() with
        {
            UncachedInput = 4 * (1_007 - 100 - 80 - 60),
            CacheRead = 400,
            CacheWrite5m = 200,
            CacheWrite1h = 120,
            VisibleOutput = 4 * (500 - 50 - 20),
            Reasoning = 200,
            Detail = new LlmTokenDetail { AudioInput = 240, AudioOutput = 80 },
        });
    }

    [Fact]
    public void Negative_counts_are_invalid_and_never_kept()
    {
        Invalid(new UsageDetails { InputTokenCount = -5, OutputTokenCount = 50 }).ShouldBe(Tokens() with { VisibleOutput = 50 });
        Invalid(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 50, ReasoningTokenCount = -1 })
            .ShouldBe(Tokens() with { UncachedInput = 5, VisibleOutput = 50 });
        Invalid(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 50, CachedInputTokenCount = long.MinValue })
            .ShouldBe(Tokens() with { UncachedInput = 5, VisibleOutput = 50 });
    }

    [Fact]
    public void No_usage_or_neither_count_is_missing()
    {
        UsageNormalizer.Normalize(null, "openai", out var invalid, out var incomplete).ShouldBe(default);
        (invalid, incomplete).ShouldBe((false, false));
        UsageNormalizer.Normalize(new UsageDetails { TotalTokenCount = 9 }, "openai", out invalid, out incomplete).ShouldBe(default);
        (invalid, incomplete).ShouldBe((false, false));
    }

    [Fact]
    public void One_count_of_the_two_is_incomplete()
    {
        UsageNormalizer.Normalize(new UsageDetails { InputTokenCount = 5 }, "openai", out _, out var incomplete)
            .ShouldBe(Tokens() with { UncachedInput = 5 });
        incomplete.ShouldBeTrue();
        UsageNormalizer.Normalize(new UsageDetails { OutputTokenCount = 5 }, "openai", out _, out incomplete)
            .ShouldBe(Tokens() with { VisibleOutput = 5 });
        incomplete.ShouldBeTrue();
    }

    [Fact]
    public void Classes_are_never_negative_and_add_up_to_the_totals()
    {
        var count = Gen.Frequency((4, Gen.Choose(0, 1_000).Select(i => (long)i)), (1, Gen.Elements(-1, long.MaxValue, long.MinValue)));
        var providers = Gen.Elements<string?>(null, "openai", "anthropic", "gcp.gemini", "aws.bedrock", "ollama", "other");
        Prop.ForAll(Gen.ArrayOf(count, 8).ToArbitrary(), providers.ToArbitrary(), (c, provider) =>
        {
            var usage = new UsageDetails
            {
                InputTokenCount = c[0],
                OutputTokenCount = c[1],
                CachedInputTokenCount = c[2],
                ReasoningTokenCount = c[3],
                TotalTokenCount = c[4],
                AdditionalCounts = new()
                {
                    ["CacheWriteInputTokens"] = c[5],
                    ["InputTokenDetails.AudioTokenCount"] = c[6],
                    ["ToolUsePromptTokenCount"] = c[7],
                },
            };
            var tokens = UsageNormalizer.Normalize(usage, provider, out var invalid, out _);
            var detail = tokens.Detail ?? new LlmTokenDetail();
            new[]
            {
                tokens.UncachedInput, tokens.CacheRead, tokens.CacheWrite5m, tokens.CacheWrite1h, tokens.VisibleOutput,
                tokens.Reasoning, detail.AudioInput, detail.AudioCacheRead, detail.AudioOutput,
            }.Min().ShouldBeGreaterThanOrEqualTo(0);
            if (!invalid)
            {
                tokens.Input.ShouldBe(c[0] + c[7] + (provider == "aws.bedrock" ? c[2] + c[5] : 0));
                tokens.CacheWrite5m.ShouldBe(c[5]);
                (tokens.CacheRead + detail.AudioCacheRead).ShouldBe(c[2]);
                tokens.Output.ShouldBeOneOf(c[1], c[1] + c[3]);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    private static LlmTokens Tokens() => new() { Source = LlmUsageSource.Reported };

    private static LlmTokens Valid(UsageDetails usage, string? provider)
    {
        var tokens = UsageNormalizer.Normalize(usage, provider, out var invalid, out var incomplete);
        (invalid, incomplete).ShouldBe((false, false));
        return tokens;
    }

    private static LlmTokens Invalid(UsageDetails usage)
    {
        var tokens = UsageNormalizer.Normalize(usage, "openai", out var invalid, out _);
        invalid.ShouldBeTrue();
        return tokens;
    }
}

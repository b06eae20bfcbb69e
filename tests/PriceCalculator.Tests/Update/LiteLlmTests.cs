namespace PriceCalculator.Tests.Update;

public sealed class LiteLlmTests
{
    [Fact]
    public void Every_price_field_has_its_place()
    {
        using var project = new UpdateProject();

        var run = project.UpdateLiteLlm(
            "openai/GPT-All",
            """
            {"litellm_provider":"openai","mode":"chat","max_tokens":8192,"supports_vision":true,"source":"https://example.com","rpm":10,"deprecation_date":"2027-02-03",
             "input_cost_per_token":1e-06,"output_cost_per_token":2e-06,"cache_read_input_token_cost":1e-07,"input_cost_per_token_cache_hit":1e-07,
             "cache_creation_input_token_cost":1.25e-06,"cache_creation_input_token_cost_above_1hr":2e-06,
             "output_cost_per_reasoning_token":3e-06,"citation_cost_per_token":4e-06,"input_cost_per_audio_token":5e-06,"output_cost_per_audio_token":6e-06,
             "cache_read_input_audio_token_cost":7e-07,"input_cost_per_image_token":8e-06,"output_cost_per_image_token":9e-06,
             "cache_read_input_image_token_cost":8e-07,"input_cost_per_video_token":1.1e-05,"output_cost_per_video_token":1.2e-05,
             "input_cost_per_request":0.005,"search_context_cost_per_query":{"search_context_size_low":0.01,"search_context_size_high":0.01},
             "output_cost_per_image":0.04,"input_cost_per_pixel":0.0,
             "cache_creation_input_token_cost_above_1hr_above_200k_tokens":4e-06,"input_cost_per_token_above_200k_tokens":2e-06,
             "input_cost_per_token_above_32k_tokens":1.5e-06,"output_cost_per_token_flex":1e-06,"input_cost_per_token_batch_requests":5e-07}
            """);

        run.Lines[^1].ShouldBe("1 added, 0 removed, 0 moved, 3 unchanged, 0 skipped");
        project.Line("gpt-all").ShouldBe(
            """
            {"id":"gpt-all","src":"l","sunset":"2027-02-03","prices":[{"in":1,"out":2,"cacheRead":0.1,"cacheWrite":1.25,"cacheWrite1h":2,"reasoning":3,"citation":4,
            "audioIn":5,"audioOut":6,"audioCacheRead":0.7,"imageIn":8,"imageOut":9,"imageCacheRead":0.8,"videoIn":11,"videoOut":12,"request":5,"webSearch":10,
            "tiers":[{"over":32000,"in":1.5},{"over":200000,"in":2,"cacheWrite1h":4}],"batch":{"in":0.5},"flex":{"out":1}}]}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData("1.5e-07", "0.15")]
    [InlineData("1.5E-7", "0.15")]
    [InlineData("0.00000015", "0.15")]
    [InlineData("3.0000000000000004e-07", "0.30000000000000004")]
    [InlineData("8.333333333333334e-08", "0.08333333333333334")]
    [InlineData("1e-6", "1")]
    [InlineData("0.0000125000", "12.5")]
    [InlineData("1", "1000000")]
    [InlineData("0.0", "0")]
    [InlineData("0e99", "0")]
    [InlineData("1e-28", "0.0000000000000000000001")]
    public void Prices_are_kept_to_the_last_digit(string perToken, string perMillion)
    {
        using var project = new UpdateProject();

        project.UpdateLiteLlm("gpt-x", $$"""{"litellm_provider":"openai","input_cost_per_token":{{perToken}}}""");

        project.Line("gpt-x").ShouldBe($$"""{"id":"gpt-x","src":"l","prices":[{"in":{{perMillion}}}]}""");
    }

    [Theory]
    [InlineData("\"input_cost_per_token\":-1e-06", "input_cost_per_token is negative (-1e-06)")]
    [InlineData("\"input_cost_per_token\":\"free\"", "input_cost_per_token is not a number (free)")]
    [InlineData("\"input_cost_per_token\":NaN", "input_cost_per_token is not a number (NaN)")]
    [InlineData("\"input_cost_per_token\":-Infinity", "input_cost_per_token is not a number (-Infinity)")]
    [InlineData("\"input_cost_per_token\":true", "input_cost_per_token is not a number (true)")]
    [InlineData("\"input_cost_per_token\":1.01", "input_cost_per_token is above 1,000,000 USD per million tokens or thousand requests (1.01)")]
    [InlineData("\"input_cost_per_token\":1e300", "input_cost_per_token is above 1,000,000 USD per million tokens or thousand requests (1e300)")]
    [InlineData("\"input_cost_per_token\":1e-60", "input_cost_per_token has more digits than can be kept exactly (1e-60)")]
    [InlineData("\"input_cost_per_token\":1.00000000000000000000000000001e-06", "input_cost_per_token has more digits than can be kept exactly (1.00000000000000000000000000001e-06)")]
    [InlineData("\"input_cost_per_token\":1e-06,\"input_cost_per_token\":2e-06", "input_cost_per_token stands twice")]
    [InlineData("\"input_cost_per_token\":1e-06,\"cache_read_input_token_cost\":1e-07,\"input_cost_per_token_cache_hit\":2e-07", "input_cost_per_token_cache_hit contradicts another field of the same price")]
    [InlineData("\"input_cost_per_token\":1e-06,\"output_cost_per_image\":0.04", "output_cost_per_image has no place in the catalog (0.04)")]
    [InlineData("\"input_cost_per_token\":1e-06,\"input_cost_per_moonbeam\":1e-06", "input_cost_per_moonbeam has no place in the catalog (1e-06)")]
    [InlineData("\"input_cost_per_token\":1e-06,\"surcharge\":\"3\",\"tiered_pricing\":[{}]", "tiered_pricing has no place in the catalog ([{}])")]
    [InlineData("\"input_cost_per_token\":1e-06,\"input_cost_per_query\":0.01", "input_cost_per_query has no place in the catalog (0.01)")]
    [InlineData("\"input_cost_per_token\":1e-06,\"search_context_cost_per_query\":{\"low\":0.01,\"high\":0.02}", "search_context_cost_per_query differs by size")]
    [InlineData("\"input_cost_per_token\":1e-06,\"search_context_cost_per_query\":0.01,\"web_search_billing_unit\":\"per_prompt\"", "web_search_billing_unit is per_prompt")]
    [InlineData("\"input_cost_per_token\":1e-06,\"provider_specific_entry\":{\"moon\":3}", "provider_specific_entry.moon has no place in the catalog (3)")]
    [InlineData("\"input_cost_per_token\":1e-06,\"regional_processing_uplift_multiplier_eu\":0", "regional_processing_uplift_multiplier_eu is not a factor above 0 and up to 1000 (0)")]
    public void An_entry_that_is_wrong_or_has_no_words_is_skipped_whole_and_the_old_one_stays(string fields, string reason)
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.Update(UpdateProject.SameLiteLlm.Replace(
            "\"gpt-l\":{\"litellm_provider\":\"openai\",\"mode\":\"chat\",\"input_cost_per_token\":5e-07,\"output_cost_per_token\":1e-06}",
            $"\"gpt-l\":{{\"litellm_provider\":\"openai\",{fields}}}",
            StringComparison.Ordinal));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[0].ShouldBe("skipped openai/gpt-l: " + reason);
        run.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 2 unchanged, 1 skipped");
        project.Catalog.ShouldBe(before);
    }

    [Theory]
    [InlineData("gpt-x", "7", "skipped gpt-x: it is not an object (7)")]
    [InlineData("gpt-x", "{\"input_cost_per_token\":1e-06}", "skipped gpt-x: litellm_provider is missing")]
    [InlineData("a\\nb\\u001b[2J", "7", "skipped a b [2J: it is not an object (7)")]
    [InlineData("gpt-*", "{\"litellm_provider\":\"openai\",\"input_cost_per_token\":1e-06}", "skipped openai/gpt-*: its name holds a wildcard")]
    public void What_is_no_entry_is_named(string key, string entry, string line)
    {
        using var project = new UpdateProject();

        var run = project.UpdateLiteLlm(key, entry);

        run.Lines[0].ShouldBe(line);
        run.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 3 unchanged, 1 skipped");
    }

    [Fact]
    public void Of_two_entries_of_one_name_neither_is_taken()
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var litellm = project.UpdateLiteLlm("gpt-l", """{"litellm_provider":"openai","input_cost_per_token":9e-06}""");
        var genai = project.UpdateGenai("""{"id":"GPT-B","match":{"equals":"gpt-b"},"prices":{"input_mtok":9}}""");

        litellm.Lines[0].ShouldBe("skipped gpt-l: it stands twice in the file");
        litellm.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 2 unchanged, 1 skipped");
        genai.Lines[0].ShouldBe("skipped openai/gpt-b: it stands twice in the file");
        genai.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 1 unchanged, 1 skipped");
        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void An_entry_that_does_not_say_whose_it_is_leaves_those_of_its_name_as_they_are()
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.Update("""{"gpt-m":{"input_cost_per_token":1},"azure/own":7,"gpt-l":{"litellm_provider":"openai","input_cost_per_token":5e-07,"output_cost_per_token":1e-06}}""");

        run.Lines.Take(2).ShouldBe(["skipped gpt-m: litellm_provider is missing", "skipped azure-openai/own: it is not an object (7)"]);
        run.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 1 unchanged, 2 skipped");
        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void What_is_left_out_on_purpose_is_counted_and_not_listed()
    {
        using var project = new UpdateProject();

        var run = project.Update(UpdateProject.SameLiteLlm.TrimEnd()[..^1] + """
            ,"gpt-a-2025":{"litellm_provider":"openai","input_cost_per_token":9e-06},
            "azure/gpt-b":{"litellm_provider":"azure","input_cost_per_token":9e-06},
            "aiml/one":{"litellm_provider":"aiml","input_cost_per_token":1e-06},
            "aiml/two":{"litellm_provider":"aiml","input_cost_per_token":1e-06},
            "xai/grok":{"litellm_provider":"xai","input_cost_per_token":1e-06},
            "azure/eu/gpt-x":{"litellm_provider":"azure","input_cost_per_token":1e-06},
            "azure_ai/own":{"litellm_provider":"azure_ai","input_cost_per_token":1e-06},
            "dall-e":{"litellm_provider":"openai","mode":"image_generation","output_cost_per_image":0.04},
            "moderation":{"litellm_provider":"openai","mode":"moderation","input_cost_per_token":0}}
            """);

        run.Lines.ShouldBe(
            [
                "left out: 2 of models that genai-prices has, whose prices win",
                "left out: 3 of providers that the catalog does not have: aiml 2, xai 1",
                "left out: 1 of a region, size or class of models under a name of their own",
                "left out: 1 of models that came before in the file",
                "left out: 2 without a price by token, request or reranking",
                $"nothing changed: {project.CatalogPath} stays as it is",
                "0 added, 0 removed, 0 moved, 3 unchanged, 0 skipped",
            ]);
    }

    [Fact]
    public void Reranking_is_priced_by_the_query()
    {
        using var project = new UpdateProject();

        project.UpdateLiteLlm("rerank-1", """{"litellm_provider":"openai","mode":"rerank","input_cost_per_token":0.0,"input_cost_per_query":0.002}""");

        project.Line("rerank-1").ShouldBe("""{"id":"rerank-1","src":"l","prices":[{"in":0,"rerank":2}]}""");
    }

    [Fact]
    public void Service_tiers_of_a_genai_prices_entry_follow_where_both_agree_on_its_standard_prices()
    {
        using var project = new UpdateProject();
        const string Tiers = "\"input_cost_per_token_batches\":1e-06,\"output_cost_per_token_batches\":4e-06,\"input_cost_per_token_flex\":2e-06";

        var other = project.UpdateLiteLlm("gpt-a", $$"""{"litellm_provider":"openai","input_cost_per_token":3e-06,"output_cost_per_token":1e-05,{{Tiers}}}""");
        var same = project.UpdateLiteLlm("gpt-a", $$"""{"litellm_provider":"openai","input_cost_per_token":2.5e-06,"output_cost_per_token":1e-05,{{Tiers}}}""");

        other.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 3 unchanged, 0 skipped");
        same.Lines[0].ShouldBe("moved openai/gpt-a: batch in 1.25 -> 1 (-20%), batch out 5 -> 4 (-20%), flex in none -> 2");
        project.Line("gpt-a").ShouldEndWith("""[{"in":2.5,"out":10,"cacheRead":1.25,"batch":{"in":1,"out":4},"flex":{"in":2}}]}""");
    }

    [Fact]
    public void What_the_file_does_not_carry_is_kept()
    {
        using var project = new UpdateProject();

        project.Update(UpdateProject.SameLiteLlm.Replace("4e-06", "5e-06", StringComparison.Ordinal));

        project.Line("gpt-m").ShouldBe("""{"id":"gpt-m","src":"l","geo":{"eu":1.2},"sunset":"2026-12-31","prices":[{"in":3,"out":5}]}""");
    }
}

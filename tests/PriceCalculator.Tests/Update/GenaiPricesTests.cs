namespace PriceCalculator.Tests.Update;

public sealed class GenaiPricesTests
{
    [Fact]
    public void Every_price_has_its_place()
    {
        using var project = new UpdateProject();

        var run = project.UpdateGenai(
            """
            {"id":"GPT-All","name":"All","description":"x","context_window":1000,"price_comments":"x","deprecated":true,"match":{"equals":"gpt-all"},"prices":{
             "input_mtok":{"base":1,"tiers":[{"start":200000,"price":2},{"start":100000,"price":1.5}]},"output_mtok":{"base":2,"tiers":[{"start":100000,"price":3}]},
             "cache_read_mtok":0.1,"cache_write_mtok":1.25,"cache_write_5m_mtok":1.25,"cache_write_1h_mtok":2,"output_reasoning_mtok":3,"output_citation_mtok":4,
             "input_audio_mtok":5,"output_audio_mtok":6,"cache_audio_read_mtok":0.7,"input_image_mtok":8,"output_image_mtok":9,"cache_image_read_mtok":0.8,
             "input_video_mtok":11,"output_video_mtok":12,"requests_kcount":5,"web_searches_kcount":10,"rerank_searches_kcount":2,"storage_searches_kcount":2.5}}
            """);

        run.Lines[^1].ShouldBe("1 added, 0 removed, 0 moved, 2 unchanged, 0 skipped");
        project.Line("GPT-All").ShouldBe(
            """
            {"id":"GPT-All","deprecated":true,"prices":[{"in":1,"out":2,"cacheRead":0.1,"cacheWrite":1.25,"cacheWrite1h":2,"reasoning":3,"citation":4,
            "audioIn":5,"audioOut":6,"audioCacheRead":0.7,"imageIn":8,"imageOut":9,"imageCacheRead":0.8,"videoIn":11,"videoOut":12,"request":5,"webSearch":10,"rerank":2,
            "tiers":[{"over":100000,"in":1.5,"out":3},{"over":200000,"in":2,"out":3}]}]}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void Prices_may_begin_on_a_date_or_hold_for_hours_of_the_day()
    {
        using var project = new UpdateProject();

        project.UpdateGenai(
            """
            {"id":"gpt-c","match":{"starts_with":"gpt-c"},"prices":[{"prices":{"input_mtok":1}},
             {"constraint":{"start_date":"2026-09-01","type":"start_date"},"prices":{"input_mtok":2}},
             {"constraint":{"start_time":"16:30:00Z","end_time":"00:30:00Z"},"prices":{"input_mtok":0.5}}]}
            """);

        project.Line("gpt-c").ShouldBe(
            """{"id":"gpt-c","match":["gpt-c*"],"prices":[{"in":1},{"from":"2026-09-01","in":2},{"hoursUtc":["16:30-00:30"],"in":0.5}]}""");
    }

    [Theory]
    [InlineData("""{"equals":"Gpt-X"}""", "gpt-x")]
    [InlineData("""{"starts_with":"gpt-x"}""", "gpt-x*")]
    [InlineData("""{"ends_with":"gpt-x"}""", "*gpt-x")]
    [InlineData("""{"contains":"gpt-x"}""", "*gpt-x*")]
    [InlineData("""{"or":[{"equals":"x"},{"or":[{"contains":"y"},{"equals":"x"}]}]}""", "x", "*y*")]
    [InlineData("""{"and":[{"equals":"x"}]}""", "x")]
    [InlineData("""{"regex":"^gpt-6\\.1-\\d{4}-\\d{2}$"}""", "gpt-6.1-####-##")]
    [InlineData("""{"regex":"^gpt-\\d"}""", "gpt-#*")]
    [InlineData("""{"regex":"x$"}""", "*x")]
    [InlineData("""{"regex":"^o[134]"}""", "o1*", "o3*", "o4*")]
    [InlineData("""{"regex":"^x(?:-mini|-nano)?$"}""", "x-mini", "x-nano", "x")]
    [InlineData("""{"regex":"^a.*b[0-9]$"}""", "a*b#")]
    public void Match_clauses_become_patterns(string clause, params string[] patterns)
    {
        using var project = new UpdateProject();

        project.UpdateGenai($$"""{"id":"new-one","prices":{"input_mtok":1},"match":{{clause}} }""");

        project.Line("new-one").ShouldBe($$"""{"id":"new-one","match":["{{string.Join("\",\"", patterns)}}"],"prices":[{"in":1}]}""");
    }

    [Theory]
    [InlineData("""{"regex":"^gpt-\\d+$"}""")]
    [InlineData("""{"regex":"^gpt.5$"}""")]
    [InlineData("""{"regex":"^(?!.*-tts)gpt"}""")]
    [InlineData("""{"regex":"^gpt-[a-z]$"}""")]
    [InlineData("""{"regex":"^gpt|o1$"}""")]
    [InlineData("""{"regex":"^gpt(?:x"}""")]
    [InlineData("""{"regex":"gpt*"}""")]
    [InlineData("""{"regex":"^\\w$"}""")]
    [InlineData("""{"regex":"[abcdefgh][abcdefgh]"}""")]
    [InlineData("""{"and":[{"starts_with":"gpt"},{"ends_with":"x"}]}""")]
    [InlineData("""{"equals":"gpt-*"}""")]
    [InlineData("""{"equals":""}""")]
    [InlineData("""{"equals":7}""")]
    [InlineData("""{"sounds_like":"gpt"}""")]
    [InlineData("""{"or":[]}""")]
    [InlineData("""{"equals":"a","contains":"b"}""")]
    [InlineData("7")]
    public void A_match_that_no_pattern_equals_is_skipped(string clause)
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.UpdateGenai($$"""{"id":"new-one","prices":{"input_mtok":1},"match":{{clause}} }""");

        run.Lines[0].ShouldStartWith("skipped openai/new-one: its match ");
        project.Catalog.ShouldBe(before);
    }

    [Theory]
    [InlineData("\"prices\":{\"input_mtok\":-1}", "input_mtok is negative (-1)")]
    [InlineData("\"prices\":{\"input_mtok\":NaN}", "input_mtok is not a number (NaN)")]
    [InlineData("\"prices\":{\"input_mtok\":1000000.5}", "input_mtok is above 1,000,000 USD per million tokens or thousand requests (1000000.5)")]
    [InlineData("\"prices\":{\"requests_kcount\":\"12\"}", "requests_kcount is not a number (12)")]
    [InlineData("\"prices\":{\"input_mtok\":1,\"audio_hours\":2}", "audio_hours has no place in the catalog (2)")]
    [InlineData("\"prices\":{\"input_mtok\":1,\"input_moonbeam_mtok\":2}", "input_moonbeam_mtok has no place in the catalog (2)")]
    [InlineData("\"prices\":{\"input_mtok\":{\"base\":1}}", "input_mtok is neither a number nor tiers ({\"base\":1})")]
    [InlineData("\"prices\":{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":\"x\",\"price\":2}]}}", "input_mtok holds what is no tier ({\"start\":\"x\",\"price\":2})")]
    [InlineData("\"prices\":{\"cache_write_mtok\":1,\"cache_write_5m_mtok\":2}", "cache_write_5m_mtok contradicts another field of the same price")]
    [InlineData("\"prices\":[]", "prices are empty")]
    [InlineData("\"prices\":7", "prices are missing")]
    [InlineData("\"prices\":[{\"prices\":{\"input_mtok\":1}},{\"constraint\":{\"moon\":\"full\"},\"prices\":{\"input_mtok\":2}}]", "its constraint has no place in the catalog ({\"moon\":\"full\"})")]
    [InlineData("\"prices\":[{\"constraint\":{\"start_time\":\"01:00:00Z\",\"end_time\":\"01:00:00Z\"},\"prices\":{\"input_mtok\":2}}]", "its constraint has no place in the catalog ({\"start_time\":\"01:00:00Z\",\"end_time\":\"01…)")]
    [InlineData("\"prices\":[{\"prices\":{\"input_mtok\":1}},{\"prices\":{\"audio_hours\":1}}]", "one of its price sets has no price by token or request")]
    [InlineData("\"prices\":[{\"when\":1,\"prices\":{\"input_mtok\":1}}]", "prices hold what is no set of prices ({\"when\":1,\"prices\":{\"input_mtok\":1}})")]
    [InlineData("\"prices\":{\"input_mtok\":1},\"batch_prices\":{\"input_mtok\":0.5}", "batch_prices has no place in the catalog ({\"input_mtok\":0.5})")]
    public void A_model_that_is_wrong_or_has_no_words_is_skipped_whole_and_the_old_one_stays(string fields, string reason)
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.Update(UpdateProject.SameGenai.Replace("\"prices\":{\"input_mtok\":1,\"output_mtok\":2}", fields, StringComparison.Ordinal));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[0].ShouldBe("skipped openai/gpt-b: " + reason);
        run.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 1 unchanged, 1 skipped");
        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void A_model_without_prices_is_free()
    {
        using var project = new UpdateProject();

        project.UpdateGenai("""{"id":"gift:free","match":{"equals":"gift:free"},"prices":{}}""");

        project.Line("gift:free").ShouldBe("""{"id":"gift:free","prices":[{"in":0,"out":0}]}""");
    }

    [Fact]
    public void Models_priced_by_other_units_are_counted()
    {
        using var project = new UpdateProject();

        var run = project.UpdateGenai("""{"id":"whisper","match":{"equals":"whisper"},"prices":{"audio_hours":0.36}}""");

        run.Lines[0].ShouldBe("left out: 1 without a price by token, request or reranking");
    }

    [Fact]
    public void Service_tiers_stay_and_are_named_when_prices_moved_under_them()
    {
        using var project = new UpdateProject();

        var run = project.Update(UpdateProject.SameGenai.Replace("\"input_mtok\":2.5", "\"input_mtok\":2", StringComparison.Ordinal), "--at", "2026-07-31");

        run.Lines[0].ShouldBe("moved openai/gpt-a: in 2.5 -> 2 (-20%)");
        run.Lines[1].ShouldBe("kept openai/gpt-a: batch as in the catalog; genai-prices has no service tiers");
        project.Line("gpt-a").ShouldBe(
            """{"id":"gpt-a","match":["gpt-a","gpt-a-20*"],"checked":"2026-01-01","geo":{"us":1.1},"prices":[{"in":2,"out":10,"cacheRead":1.25,"batch":{"in":1.25,"out":5}}]}""");
        project.Line("g").ShouldBe("""{"id":"g","name":"genai","date":"2026-07-31","license":"MIT"}""");
        project.Catalog.ShouldContain("\"sourceDate\": \"2026-07-31\"");
    }

    [Fact]
    public void An_entry_of_the_other_source_gives_way_where_both_have_the_model()
    {
        using var project = new UpdateProject();

        var run = project.UpdateGenai("""{"id":"gpt-l2","match":{"or":[{"starts_with":"gpt-l"},{"equals":"gpt-m"}]},"prices":{"input_mtok":1}}""");

        run.Lines.Take(3).ShouldBe(
            ["removed openai/gpt-l: openai/gpt-l2 matches it", "added openai/gpt-l2: in 1", "removed openai/gpt-m: openai/gpt-l2 matches it"]);
        project.Line("own").ShouldBe("""{"id":"own","src":"l","prices":[{"in":7,"out":8}]}""", "the other provider's entry");
    }

    [Fact]
    public void A_new_provider_comes_with_what_can_be_said_of_it()
    {
        using var project = new UpdateProject();

        var run = project.Update(UpdateProject.SameGenai.TrimEnd()[..^1] + """
            ,{"id":"Moon","name":"Moon","api_pattern":"https://api\\.moon\\.(?:ai|com)(?:/|$)","provider_match":{"or":[{"contains":"moonlight"},{"equals":"openai"}]},
              "model_match":{"starts_with":"lunar-"},"fallback_model_providers":["openai","nobody"],
              "models":[{"id":"lunar-1","match":{"equals":"lunar-1"},"prices":{"input_mtok":1}}]},
             {"id":"far","name":"Far","api_pattern":"https://router\\.far\\.co/far","model_match":{"regex":"^.+$"},"models":[{"id":"f","match":{"equals":"f"},"prices":{"input_mtok":1}}]},
             {"id":"empty","name":"Empty","api_pattern":"x","models":[]}]
            """);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines.ShouldContain("provider moon is new: names moon, moonlight; hosts api.moon.ai, api.moon.com; infer lunar-*; fallback openai");
        run.Lines.ShouldContain("provider far is new: names far; hosts none; infer none; fallback none");
        project.Catalog.ShouldContain(
            """
              {"id":"far","names":["far"],"models":[
               {"id":"f","prices":[{"in":1}]}
              ]},
              {"id":"moon","names":["moon","moonlight"],"hosts":["api.moon.ai","api.moon.com"],"infer":["lunar-*"],"fallback":["openai"],"models":[
               {"id":"lunar-1","prices":[{"in":1}]}
              ]},
              {"id":"openai",
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_known_provider_keeps_what_it_is_called_and_its_fallback()
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.Update(UpdateProject.SameGenai.Replace("[\"openai\"]", "[\"openai\",\"x-ai\"]", StringComparison.Ordinal));

        run.Lines[0].ShouldBe("provider azure-openai keeps its fallback (openai); the file says openai, xai");
        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void The_later_form_with_units_is_read_if_the_units_are_those_of_the_catalog()
    {
        using var project = new UpdateProject();
        static string Wrapped(int per) => $$"""{"units":{"input_tokens":{"per":{{per}},"price_key":"input_mtok"} },"providers":{{UpdateProject.SameGenai}} }""";

        project.Update(Wrapped(1_000_000)).Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 2 unchanged, 0 skipped");
        project.Update(Wrapped(1_000)).ShouldBeRefused();
    }
}

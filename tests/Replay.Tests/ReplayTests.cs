using System.Globalization;

namespace Replay.Tests;

public sealed class ReplayTests
{
    private const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens";

    [Fact]
    public async Task A_trace_is_stored_exactly_as_it_was_sent_and_priced_to_the_nano_dollar()
    {
        using var trace = new TraceFile(
            Header,
            "2023-11-16 18:15:46.6805900,374,44",
            "2023-11-16 18:15:50.9951690,396,109",
            "2023-11-16 18:15:51.2225670,879,55");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--price-as", "gpt-4o-mini", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldBeEmpty();

        // 1,649 input tokens at 150 nano-dollars and 208 output tokens at 600: 247,350 + 124,800.
        var json = run.Json;
        json["seconds"]!.GetValue<double>().ShouldBeGreaterThanOrEqualTo(0);
        json.Remove("seconds");
        json.ToJsonString().ShouldBe(
            """{"sent":{"calls":3,"inputTokens":1649,"outputTokens":208},"stored":{"calls":3,"inputTokens":1649,"outputTokens":208,"costUsd":"0.00037215","pricedCalls":3},"dropped":0,"equal":true}""");
    }

    [Fact]
    public async Task The_built_in_workload_needs_no_argument_and_is_the_same_every_time()
    {
        var first = await ReplayRun.OfAsync("--json");
        var second = await ReplayRun.OfAsync("--json");

        first.ExitCode.ShouldBe(0, first.Error);
        first.Json["stored"]!["calls"]!.GetValue<long>().ShouldBe(500);
        first.Json["stored"]!["pricedCalls"]!.GetValue<long>().ShouldBe(500);
        first.Json["equal"]!.GetValue<bool>().ShouldBeTrue();
        second.Json["stored"]!.ToJsonString().ShouldBe(first.Json["stored"]!.ToJsonString());
    }

    [Fact]
    public async Task More_calls_than_one_flush_are_all_stored()
    {
        const int Calls = 20_000;
        using var trace = new TraceFile([Header, .. Enumerable.Range(0, Calls).Select(i => $"2023-11-16 18:15:46.6805900,{i},1")]);

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--price-as", "gpt-4o-mini", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Json["stored"]!["calls"]!.GetValue<long>().ShouldBe(Calls);
        run.Json["stored"]!["inputTokens"]!.GetValue<long>().ShouldBe((long)Calls * (Calls - 1) / 2);

        // 199,990,000 input tokens at 150 nano-dollars and 20,000 output tokens at 600.
        run.Json["stored"]!["costUsd"]!.GetValue<string>().ShouldBe("30.0105");
        run.Json["dropped"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task A_speed_makes_the_calls_wait_for_the_traces_own_time_divided_by_it()
    {
        using var trace = new TraceFile(Header, "2023-11-16 18:15:00,10,1", "2023-11-16 18:25:00,20,2");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--speed", "3000", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Json["seconds"]!.GetValue<double>().ShouldBeGreaterThanOrEqualTo(0.19);
    }

    [Fact]
    public async Task The_report_names_models_cost_percentiles_and_the_verdict()
    {
        using var trace = new TraceFile(Header, "2023-11-16 18:15:46.6805900,1000000,1000000", "");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--price-as", "gpt-4o-mini");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldMatch(@"gpt-4o-mini +1 +1,000,000 +1,000,000 +0\.75\b");
        run.Output.ShouldMatch("p50 +p95 +p99");
        run.LastLine.ShouldBe("stored equals sent");
    }

    [Fact]
    public async Task A_model_that_no_price_matches_has_no_priced_call()
    {
        using var trace = new TraceFile(Header, "2023-11-16 18:15:46.6805900,10,20");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--price-as", "no-such-model-0", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Json["stored"]!["pricedCalls"]!.GetValue<long>().ShouldBe(0);
        run.Output.ShouldContain("not known");
    }

    [Fact]
    public async Task A_wrong_path_is_told_in_one_line()
    {
        var run = await ReplayRun.OfAsync("--trace", "/no/such/trace.csv");

        run.ShouldFailWithOneLine(2);
        run.Error.ShouldContain("/no/such/trace.csv");
    }

    [Fact]
    public async Task A_folder_for_a_trace_is_told_in_one_line()
    {
        (await ReplayRun.OfAsync("--trace", Path.GetTempPath())).ShouldFailWithOneLine(2);
    }

    [Theory]
    [InlineData("2023-11-16 18:15:46.6805900,374")]
    [InlineData("2023-11-16 18:15:46.6805900,374,44,1")]
    [InlineData("2023-11-16 18:15:46.6805900,374,-44")]
    [InlineData("2023-11-16 18:15:46.6805900,374,4.5")]
    [InlineData("2023-11-16 18:15:46.6805900,374,99999999999")]
    [InlineData("yesterday,374,44")]
    [InlineData("{}")]
    public async Task A_malformed_line_is_told_by_its_number(string line)
    {
        using var trace = new TraceFile(Header, "2023-11-16 18:15:46.6805900,374,44", "", line, "2023-11-16 18:15:46.6805900,374,44");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--json");

        run.ShouldFailWithOneLine(2);
        run.Error.ShouldContain("Line 4 ");
    }

    [Fact]
    public async Task A_trace_without_its_header_or_without_calls_is_told_in_one_line()
    {
        using var headless = new TraceFile("2023-11-16 18:15:46.6805900,374,44");
        using var empty = new TraceFile(Header);

        var first = await ReplayRun.OfAsync("--trace", headless.Path);
        var second = await ReplayRun.OfAsync("--trace", empty.Path);

        first.ShouldFailWithOneLine(2);
        first.Error.ShouldContain("Line 1 ");
        second.ShouldFailWithOneLine(2);
        second.Error.ShouldContain("no calls");
    }

    [Theory]
    [InlineData("--speed", "0")]
    [InlineData("--speed", "-1")]
    [InlineData("--speed", "NaN")]
    [InlineData("--speed", "fast")]
    [InlineData("--speed")]
    [InlineData("--trace", "--json")]
    [InlineData("--no-such-option")]
    [InlineData("Host=db;Password=hunter2")]
    public async Task Wrong_arguments_are_told_in_one_line(params string[] arguments)
    {
        var run = await ReplayRun.OfAsync(arguments);

        run.ShouldFailWithOneLine(2);
        run.Error.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Help_lists_every_option()
    {
        var run = await ReplayRun.OfAsync("--help");

        run.ExitCode.ShouldBe(0);
        foreach (var option in (string[])["--trace", "--speed", "--price-as", "--postgres", "--json"])
        {
            run.Output.ShouldContain(option);
        }
    }

    [Fact]
    public async Task Numbers_are_written_the_same_in_every_culture()
    {
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        using var trace = new TraceFile(Header, "2023-11-16 18:15:46.6805900,10,20");

        var run = await ReplayRun.OfAsync("--trace", trace.Path, "--price-as", "gpt-4o-mini", "--json");

        run.Json["stored"]!["costUsd"]!.GetValue<string>().ShouldBe("0.0000135");
    }
}

using System.Globalization;

namespace PriceCalculator.Tests;

public sealed class ExplainingTests
{
    [Fact]
    public void A_call_is_priced_and_each_line_of_its_bill_is_told()
    {
        var run = CalculatorRun.Of(
            "--provider", "openai", "--model", "gpt-5.6-luna", "--input", "300000", "--cache-read", "100000", "--cache-write", "50000",
            "--output", "1000", "--at", "2026-07-29T00:00:00Z");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[0].ShouldBe("cost: 0.454 USD = 454,000,000 nano-dollars");
        run.Lines[1].ShouldBe("entry: openai/gpt-5.6-luna, catalog of 2026-08-21");
        run.Lines[2].ShouldContain("service tier standard; context tier over 272,000 input tokens");
        run.Output.ShouldMatch(@"(?m)^input +150,000 +[\d.]+ / 1M +[\d,]+\r?$");
        run.Output.ShouldMatch(@"(?m)^cache_read +100,000 +[\d.]+ / 1M +[\d,]+\r?$");
        run.Output.ShouldMatch(@"(?m)^cache_write_5m +50,000 +[\d.]+ / 1M +[\d,]+\r?$");
        run.Output.ShouldMatch(@"(?m)^output +1,000 +[\d.]+ / 1M +9,000,000\r?$");
        run.Lines[^1].ShouldMatch("^total +454,000,000$");
    }

    [Fact]
    public void A_class_without_a_price_of_its_own_says_what_it_is_billed_as()
    {
        var run = CalculatorRun.Of("--provider", "openai", "--model", "o3", "--input", "800", "--output", "4096", "--reasoning", "3500");

        run.Lines[0].ShouldStartWith("cost: 0.034368 USD");
        run.Output.ShouldMatch(@"(?m)^reasoning +3,500 +8 / 1M +28,000,000  billed as output\r?$");
    }

    [Fact]
    public void A_total_that_is_no_whole_nano_dollar_shows_what_was_rounded()
    {
        var run = CalculatorRun.Of("--provider", "deepseek", "--model", "deepseek-v4-flash", "--input", "3", "--cache-read", "1");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[0].ShouldBe("cost: 0.000000283 USD = 283 nano-dollars");
        run.Lines[^2].ShouldMatch(@"^total +282\.8$");
        run.Lines[^1].ShouldMatch("^rounded half-even +283$");
    }

    [Fact]
    public void Multipliers_are_named_and_multiply_the_tokens()
    {
        var run = CalculatorRun.Of(
            "--provider", "anthropic", "--model", "claude-opus-4-6", "--input", "10", "--output", "1", "--geo", "us", "--speed", "fast");

        run.Output.ShouldContain("geo: us x 1.1 on tokens");
        run.Output.ShouldContain("speed: fast x 6 on tokens");
        run.Output.ShouldMatch(@"(?m)^tokens multiplied +x 6\.6 +495,000\r?$");
        run.Lines[0].ShouldBe("cost: 0.000495 USD = 495,000 nano-dollars");
    }

    [Fact]
    public void A_write_for_an_hour_is_a_write()
    {
        var run = CalculatorRun.Of(
            "--provider", "anthropic", "--model", "claude-sonnet-4-5", "--input", "3000", "--cache-write-1h", "3000", "--web-searches", "2");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[0].ShouldBe("cost: 0.038 USD = 38,000,000 nano-dollars");
        run.Output.ShouldMatch(@"(?m)^cache_write_1h +3,000 +6 / 1M +18,000,000\r?$");
        run.Output.ShouldMatch(@"(?m)^web_search +2 +10 / 1K +20,000,000\r?$");
    }

    [Theory]
    [InlineData("unknown_model", "--model", "no-such-model-0", "--input", "1")]
    [InlineData("invalid_usage", "--provider", "openai", "--model", "gpt-4o", "--input", "1", "--cache-read", "2")]
    public void A_cost_that_is_not_known_says_why_and_fails(string reason, params string[] arguments)
    {
        var run = CalculatorRun.Of(arguments);

        run.ExitCode.ShouldBe(1);
        run.Lines[0].ShouldBe($"cost: not known ({reason})");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public void Numbers_are_written_the_same_in_every_culture()
    {
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = "." } };

        CalculatorRun.Of("--provider", "openai", "--model", "gpt-4o", "--input", "1000000").Lines[0]
            .ShouldBe("cost: 2.5 USD = 2,500,000,000 nano-dollars");
    }

    [Fact]
    public void Every_option_of_the_help_is_taken_and_no_other()
    {
        var help = CalculatorRun.Of("--help");
        help.ExitCode.ShouldBe(0);

        var options = help.Output.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Select(w => w.Trim('.', ',', ';', '[', ']'))
            .Where(w => w.StartsWith("--", StringComparison.Ordinal) && w.Length > 2)
            .Except(["--project", "--help", "--cases", "--update", "--out", "--dry-run"])
            .ToArray();
        options.Length.ShouldBe(22);
        string[] arguments =
        [
            .. options.SelectMany(o => new[] { o, o switch { "--model" => "gpt-4o", "--at" => "2026-01-01", _ => "0" } }),
        ];
        CalculatorRun.Of(arguments).ExitCode.ShouldBe(1, "the provider '0' is not known");
    }

    [Theory]
    [InlineData]
    [InlineData("--no-such-option", "1")]
    [InlineData("gpt-4o")]
    [InlineData("--model")]
    [InlineData("--model", "--input")]
    [InlineData("--provider", "openai", "--input", "1")]
    [InlineData("--model", "m", "--model", "m")]
    [InlineData("--model", "m", "--input", "-1")]
    [InlineData("--model", "m", "--input", "1.5")]
    [InlineData("--model", "m", "--input", "1,000")]
    [InlineData("--model", "m", "--input", "99999999999999999999")]
    [InlineData("--model", "m", "--web-searches", "2147483648")]
    [InlineData("--model", "m", "--at", "yesterday")]
    [InlineData("--cases", "cases.json", "--model", "m")]
    [InlineData("--cases", "/no/such/cases.json")]
    public void Wrong_arguments_are_told_in_one_sentence(params string[] arguments)
    {
        CalculatorRun.Of(arguments).ShouldBeRefused();
    }
}

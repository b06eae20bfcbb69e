namespace PriceCalculator.Tests;

public sealed class CasesTests
{
    private static readonly string SampleFile = Path.Combine(AppContext.BaseDirectory, "price-cases.json");

    [Fact]
    public void All_cases_of_the_projects_own_file_match()
    {
        var run = CalculatorRun.Of("--cases", SampleFile);

        run.Output.ShouldBe("60 matched, 0 failed" + Environment.NewLine);
        run.ExitCode.ShouldBe(0);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public void Each_mismatch_has_its_line_and_fails_the_run()
    {
        var run = CalculatorRun.OfCases(
            """
            {"schema":"llm-price-cases/1","cases":[
             {"id":"good","provider":"openai","model":"gpt-4o-mini","timestamp":"2026-08-01T12:00:00Z","usage":{"input":10},"expected_nano_usd":1500},
             {"id":"dear","provider":"openai","model":"gpt-4o-mini","timestamp":"2026-08-01T12:00:00Z","usage":{"input":10,"pages":2},"expected_nano_usd":1501},
             {"id":"known","provider":"openai","model":"gpt-4o-mini","timestamp":"2026-08-01T12:00:00Z","usage":{"input":1},"expected_nano_usd":null,"null_reason":"unknown_model"},
             {"id":"entry","provider":"openai","model":"gpt-4o-mini","timestamp":"2026-08-01T12:00:00Z","usage":{"input":1},"expected_nano_usd":150,"matched":"openai/gpt-4o"},
             {"id":"reason","provider":"openai","model":"no-such-model-0","timestamp":"2026-08-01T12:00:00Z","usage":{"input":1},"expected_nano_usd":null,"null_reason":"invalid_usage"},
             {"id":"any","provider":"openai","model":"no-such-model-0","timestamp":"2026-08-01T12:00:00Z","usage":{"input":1},"expected_nano_usd":null}
            ]}
            """);

        run.ExitCode.ShouldBe(1);
        run.Lines.ShouldBe(
            [
                "dear: expected 1501, got 1500 (without pages: no such count is known)",
                "known: expected null (unknown_model), got 150",
                "entry: expected 150 by openai/gpt-4o, got 150 by openai/gpt-4o-mini",
                "reason: expected null (invalid_usage), got null (unknown_model)",
                "2 matched, 4 failed",
            ]);
    }

    [Theory]
    [InlineData("1", "case 1: ")]
    [InlineData("""{"id":"x"}""", "x: ")]
    [InlineData("""{"id":1}""", "case 1: ")]
    [InlineData("""{"id":"x","model":"m","timestamp":"2026-08-01","usage":{"input":1.5},"expected_nano_usd":1}""", "x: ")]
    [InlineData("""{"id":"x","model":"m","timestamp":"2026-08-01","usage":{"input":9223372036854775807},"expected_nano_usd":1}""", "x: ")]
    [InlineData("""{"id":"x","model":"m","timestamp":"noon","usage":{},"expected_nano_usd":1}""", "x: ")]
    [InlineData("""{"id":"x","model":"m","timestamp":"2026-08-01","usage":{}}""", "x: ")]
    [InlineData("""{"id":"x","model":"m","timestamp":"2026-08-01","usage":{},"expected_nano_usd":"1"}""", "x: ")]
    public void A_case_that_cannot_be_read_fails_and_says_why(string item, string start)
    {
        var run = CalculatorRun.OfCases($$"""{"cases":[{{item}}]}""");

        run.ExitCode.ShouldBe(1);
        run.Lines[0].ShouldStartWith(start + "expected a case that can be read, got ");
        run.Lines[1].ShouldBe("0 matched, 1 failed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"cases":{}}""")]
    [InlineData("""{"cases":[]}""")]
    [InlineData("""{"schema":"llm-prices/1","cases":[1]}""")]
    public void A_file_that_is_none_of_cases_is_told_in_one_sentence(string content)
    {
        CalculatorRun.OfCases(content).ShouldBeRefused();
    }
}

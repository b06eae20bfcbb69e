namespace PriceCalculator.Tests.Update;

public sealed class ReportingTests
{
    [Fact]
    public void Each_change_has_its_line_by_provider_and_model_and_the_counts_come_last()
    {
        using var project = new UpdateProject();

        var run = project.Update(
            """
            {"azure/own":{"litellm_provider":"azure","input_cost_per_token":7e-06,"output_cost_per_token":8e-06},
             "gpt-z":{"litellm_provider":"openai","input_cost_per_token":-1},
             "gpt-x":{"litellm_provider":"openai","input_cost_per_token":1.25e-06,"output_cost_per_token":1e-05},
             "gpt-m":{"litellm_provider":"openai","input_cost_per_token":2.4e-06,"output_cost_per_token":5e-06,"cache_read_input_token_cost":3e-07,"deprecation_date":"2026-12-31"}}
            """);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines.ShouldBe(
            [
                "removed openai/gpt-l",
                "moved openai/gpt-m: in 3 -> 2.4 (-20%), out 4 -> 5 (+25%), cacheRead none -> 0.3",
                "added openai/gpt-x: in 1.25, out 10",
                "skipped openai/gpt-z: input_cost_per_token is negative (-1)",
                $"written: {project.CatalogPath}",
                "1 added, 1 removed, 1 moved, 1 unchanged, 1 skipped",
            ]);
    }

    [Theory]
    [InlineData("1", "in 3 -> 1 (-66.67%)")]
    [InlineData("3.1", "in 3 -> 3.1 (+3.33%)")]
    [InlineData("0", "in 3 -> 0 (-100%)")]
    [InlineData("3.00001", "in 3 -> 3.00001 (<+0.01%)")]
    [InlineData("2.99999", "in 3 -> 2.99999 (>-0.01%)")]
    [InlineData("300000", "in 3 -> 300000 (+9999900%)")]
    public void How_much_a_price_moved_is_told_in_percent(string now, string told)
    {
        using var project = new UpdateProject(UpdateProject.Small.Replace("\"in\":1,\"out\":2", "\"in\":3,\"out\":0", StringComparison.Ordinal));

        var run = project.Update(UpdateProject.SameGenai.Replace("\"input_mtok\":1,\"output_mtok\":2", $"\"input_mtok\":{now},\"output_mtok\":4", StringComparison.Ordinal));

        run.Lines[0].ShouldBe($"moved openai/gpt-b: {told}, out 0 -> 4");
    }

    [Fact]
    public void Tiers_periods_and_service_tiers_are_named()
    {
        using var project = new UpdateProject();

        var run = project.UpdateLiteLlm(
            "gpt-tiers",
            """
            {"litellm_provider":"openai","input_cost_per_token":1e-06,"input_cost_per_token_above_200k_tokens":2e-06,"input_cost_per_token_batches":5e-07,
             "input_cost_per_token_above_200k_tokens_priority":4e-06,"regional_processing_uplift_multiplier_eu":1.1,"provider_specific_entry":{"fast":6.0}}
            """);

        run.Lines[0].ShouldBe(
            "added openai/gpt-tiers: in 1, over 200000 in 2, batch in 0.5, priority over 200000 in 4, geo eu 1.1, speed fast 6");
    }

    [Fact]
    public void A_price_that_begins_or_ends_on_a_date_is_told_with_it()
    {
        using var project = new UpdateProject();

        var run = project.Update(UpdateProject.SameGenai.Replace(
            """{"input_mtok":1,"output_mtok":2}""",
            """[{"prices":{"input_mtok":1,"output_mtok":2}},{"constraint":{"start_date":"2026-09-01"},"prices":{"input_mtok":3}}]""",
            StringComparison.Ordinal));

        run.Lines[0].ShouldBe("moved openai/gpt-b: from 2026-09-01 in none -> 3");
    }

    [Fact]
    public void Names_that_changed_alone_are_matched_and_dates_alone_are_noted()
    {
        using var project = new UpdateProject();

        var genai = project.Update(UpdateProject.SameGenai.Replace("""{"starts_with":"gpt-a-20"}""", """{"equals":"gpt-aa"}""", StringComparison.Ordinal));
        var litellm = project.Update(UpdateProject.SameLiteLlm.Replace("2026-12-31", "2027-01-01", StringComparison.Ordinal));

        genai.Lines[0].ShouldBe("matched openai/gpt-a: match +gpt-aa, match -gpt-a-20*");
        genai.Lines[^1].ShouldBe("0 added, 0 removed, 1 moved, 1 unchanged, 0 skipped");
        litellm.Lines[0].ShouldBe("noted openai/gpt-m: sunset 2026-12-31 -> 2027-01-01");
    }
}

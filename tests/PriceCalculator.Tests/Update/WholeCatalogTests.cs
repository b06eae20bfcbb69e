using System.Text.Json.Nodes;
using LlmObservability.Pricing;

namespace PriceCalculator.Tests.Update;

/// <summary>The catalog that comes with the library, as its sources would publish it.</summary>
public sealed class WholeCatalogTests
{
    private static readonly string Own = ReadOwn();

    [Fact]
    public void LiteLlms_part_comes_back_as_it_is_to_the_byte()
    {
        using var project = new UpdateProject(Own);
        var file = UpstreamForm.LiteLlm(JsonNode.Parse(Own)!);

        project.Update(file.ToJsonString()).Lines[^1].ShouldBe($"0 added, 0 removed, 0 moved, {file.Count} unchanged, 0 skipped");
        file.Count.ShouldBeGreaterThan(500);
        project.Catalog.ShouldBe(Own);

        // Written anew for one more model, every other line is the same.
        file["openai/brand-new"] = JsonNode.Parse("""{"litellm_provider":"openai","input_cost_per_token":1e-06}""");
        project.Update(file.ToJsonString()).Lines[^1].ShouldStartWith("1 added, 0 removed, 0 moved, ");
        ShouldDifferOnlyIn("l", """   {"id":"brand-new","src":"l","prices":[{"in":1}]}""", project.Catalog);
    }

    [Fact]
    public void Genai_prices_part_comes_back_as_it_is_to_the_byte()
    {
        using var project = new UpdateProject(Own);
        var file = UpstreamForm.GenaiPrices(JsonNode.Parse(Own)!);
        var models = file.Sum(p => p!["models"]!.AsArray().Count);

        project.Update(file.ToJsonString()).Lines[^1].ShouldBe($"0 added, 0 removed, 0 moved, {models} unchanged, 0 skipped");
        models.ShouldBeGreaterThan(1_000);
        project.Catalog.ShouldBe(Own);

        var anthropic = file.Single(p => (string)p!["id"]! == "anthropic")!["models"]!.AsArray();
        anthropic.Insert(0, JsonNode.Parse("""{"id":"brand-new","match":{"equals":"brand-new"},"prices":{"input_mtok":1}}"""));
        project.Update(file.ToJsonString()).Lines[^1].ShouldStartWith("1 added, 0 removed, 0 moved, ");
        ShouldDifferOnlyIn("g", """   {"id":"brand-new","prices":[{"in":1}]}""", project.Catalog);
    }

    private static void ShouldDifferOnlyIn(string source, string line, string now)
    {
        var (before, after) = (Lines(Own), Lines(now));
        after.Except(before).Order(StringComparer.Ordinal).Where(l => !l.Contains("sourceDate", StringComparison.Ordinal)).ToArray()
            .ShouldBe([after.Single(l => l.StartsWith($"  {{\"id\":\"{source}\",", StringComparison.Ordinal)), line], ignoreOrder: true);
        after.Where(l => l != line).Count().ShouldBe(before.Length);
    }

    // Without the comma that a line has or has not by what follows it.
    private static string[] Lines(string catalog) => [.. catalog.Split('\n').Select(l => l.TrimEnd(','))];

    private static string ReadOwn()
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

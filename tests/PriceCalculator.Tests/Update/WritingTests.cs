namespace PriceCalculator.Tests.Update;

public sealed class WritingTests
{
    [Theory]
    [InlineData(UpdateProject.SameGenai)]
    [InlineData(UpdateProject.SameLiteLlm)]
    public void A_file_that_says_nothing_new_leaves_the_catalog_untouched(string content)
    {
        using var project = new UpdateProject();
        var before = File.GetLastWriteTimeUtc(project.CatalogPath);
        var catalog = project.Catalog;

        var run = project.Update(content);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines[^2].ShouldBe($"nothing changed: {project.CatalogPath} stays as it is");
        project.Catalog.ShouldBe(catalog);
        File.GetLastWriteTimeUtc(project.CatalogPath).ShouldBe(before);
    }

    [Fact]
    public void The_same_file_twice_writes_once()
    {
        using var project = new UpdateProject();
        var changed = UpdateProject.SameLiteLlm.Replace("7e-06", "6e-06", StringComparison.Ordinal).Replace("\"gpt-l\"", "\"gpt-n\"", StringComparison.Ordinal);

        project.Update(changed).Lines[^1].ShouldBe("1 added, 1 removed, 1 moved, 1 unchanged, 0 skipped");
        var first = project.Catalog;
        var again = project.Update(changed, "--at", "2026-12-31");

        again.Lines[^1].ShouldBe("0 added, 0 removed, 0 moved, 3 unchanged, 0 skipped");
        project.Catalog.ShouldBe(first);
        first.ShouldContain("""{"id":"l","name":"litellm","date":"2026-08-01","license":"MIT"}""");
        first.ShouldContain("\"sourceDate\": \"2026-08-01\"");
        first.ShouldContain("\"commit\":\"0123\"", Case.Sensitive, "the other source");
    }

    [Fact]
    public void The_catalog_is_never_dated_before_its_newest_source()
    {
        using var project = new UpdateProject();

        project.Update(UpdateProject.SameLiteLlm.Replace("7e-06", "6e-06", StringComparison.Ordinal), "--at", "2025-12-31");

        project.Catalog.ShouldContain("\"sourceDate\": \"2026-01-02\"");
        project.Catalog.ShouldContain("\"date\":\"2025-12-31\"");
    }

    [Fact]
    public void Only_the_lines_that_changed_differ()
    {
        using var project = new UpdateProject();
        var before = project.Catalog.Split('\n');

        project.Update(UpdateProject.SameLiteLlm.Replace("8e-06", "9e-06", StringComparison.Ordinal));

        var after = project.Catalog.Split('\n');
        after.Length.ShouldBe(before.Length);
        after.Except(before).Select(l => l.Trim().TrimEnd(',')).ShouldBe(
            [
                "\"sourceDate\": \"2026-08-01\"",
                """{"id":"l","name":"litellm","date":"2026-08-01","license":"MIT"}""",
                """{"id":"own","src":"l","prices":[{"in":7,"out":9}]}""",
            ]);
    }

    [Fact]
    public void Nothing_is_written_on_a_dry_run()
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        var run = project.Update(UpdateProject.SameLiteLlm.Replace("8e-06", "9e-06", StringComparison.Ordinal), "--dry-run");

        run.Lines.ShouldBe(
            [
                "moved azure-openai/own: out 8 -> 9 (+12.5%)",
                $"dry run: {project.CatalogPath} is not written",
                "0 added, 0 removed, 1 moved, 2 unchanged, 0 skipped",
            ]);
        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void Another_file_may_be_written_instead()
    {
        using var project = new UpdateProject();
        var before = project.Catalog;
        var other = project.In("other.json");

        project.Update(UpdateProject.SameLiteLlm.Replace("8e-06", "9e-06", StringComparison.Ordinal), "--out", other).Lines[^2].ShouldBe($"written: {other}");
        File.ReadAllText(other).ShouldContain("""{"in":7,"out":9}""");
        project.Catalog.ShouldBe(before);

        project.Update(UpdateProject.SameLiteLlm, "--out", other).Lines[^2].ShouldBe($"nothing changed: the catalog as it was is written to {other}");
        File.ReadAllText(other).ShouldBe(before);
    }

    [Fact]
    public void A_result_that_the_library_refuses_is_not_written()
    {
        using var project = new UpdateProject(UpdateProject.Small.Replace("\"in\":7", "\"in\":-7", StringComparison.Ordinal));
        var before = project.Catalog;

        var run = project.Update(UpdateProject.SameGenai.Replace("\"output_mtok\":2", "\"output_mtok\":3", StringComparison.Ordinal));

        run.ShouldBeRefused();
        run.Error.ShouldContain("own");
        project.Catalog.ShouldBe(before);
        Directory.GetFiles(Path.GetDirectoryName(project.CatalogPath)!).ShouldBe([project.CatalogPath]);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told()
    {
        using var project = new UpdateProject();

        project.Update(UpdateProject.SameLiteLlm, "--out", project.In("no", "such", "folder.json")).ShouldBeRefused();
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[1,2]")]
    [InlineData("7")]
    [InlineData(UpdateProject.Small)]
    [InlineData("""{"models":{"gpt":{"input":1}}}""")]
    [InlineData("""[{"id":"openai","models":{}}]""")]
    [InlineData("""[{"id":"openai","models":[]}]""")]
    [InlineData("""{"x":{"litellm_provider":"nobody's"}}""")]
    [InlineData("""{"x":{"litellm_provider":"\ud800"}}""")]
    public void A_file_of_neither_format_is_refused(string content)
    {
        using var project = new UpdateProject();
        var before = project.Catalog;

        project.Update(content).ShouldBeRefused();

        project.Catalog.ShouldBe(before);
    }

    [Fact]
    public void The_project_is_looked_for_upwards_from_each_folder_in_turn()
    {
        using var project = new UpdateProject();
        var outside = Directory.CreateTempSubdirectory("prices-");
        try
        {
            var below = Directory.CreateDirectory(project.In("a", "b"));
            var file = Path.Combine(outside.FullName, "upstream.json");
            File.WriteAllText(file, UpdateProject.SameLiteLlm);

            CalculatorRun.In([outside.FullName, below.FullName], "--update", file).Lines[^2].ShouldContain(project.CatalogPath);

            var nowhere = CalculatorRun.In([outside.FullName], "--update", file);
            nowhere.ShouldBeRefused();
            nowhere.Error.ShouldContain("--out");

            // Without a project the library's own catalog is what the file is compared with.
            var written = Path.Combine(outside.FullName, "out.json");
            CalculatorRun.In([outside.FullName], "--update", file, "--out", written).Output.ShouldContain("removed ");
            File.ReadAllText(written).ShouldContain("\"api.anthropic.com\"");
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--update")]
    [InlineData("--update", "")]
    [InlineData("--update", "--dry-run")]
    [InlineData("--dry-run")]
    [InlineData("--out", "x.json")]
    [InlineData("--out", "x.json", "--at", "2026-01-01")]
    [InlineData("--update", "f.json", "--update", "f.json")]
    [InlineData("--update", "f.json", "--at", "yesterday")]
    [InlineData("--update", "f.json", "--model", "m")]
    [InlineData("--cases", "c.json", "--update", "f.json")]
    [InlineData("--update", "/no/such/file.json")]
    public void Wrong_arguments_are_told_in_one_sentence(params string[] arguments)
    {
        using var project = new UpdateProject();

        CalculatorRun.In([project.In()], arguments).ShouldBeRefused();
    }
}

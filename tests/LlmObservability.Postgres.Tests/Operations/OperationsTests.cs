using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Operations;

namespace LlmObservability.Postgres.Tests.Operations;

/// <summary>The commands over a store, as somebody types them.</summary>
public sealed class OperationsTests(PostgresServer server) : PostgresDatabase(server)
{
    private const string Secret = "s3cr3t-password";

    private static readonly string First = Day(ScriptedCalls.TenDaysAgo);
    private static readonly string Last = Day(ScriptedCalls.TenDaysAgo.AddDays(3));

    [Fact]
    public async Task Rollups_that_are_wrong_are_found_rebuilt_and_right()
    {
        await FilledAsync();
        (await RunAsync("check", First, Last, "--tag", "team")).ShouldBe((0, "All sums are those of the calls." + Environment.NewLine, ""));
        await ExecuteAsync("UPDATE llm.rollup_days SET calls = calls + 1 WHERE rollup = 'ending'");

        var (code, output, _) = await RunAsync("check", First, Last);
        code.ShouldBe(1);
        output.ShouldContain("sums of 'ending' by the day on");

        (await RunAsync("rebuild", First, Last, "--tag", "team")).ShouldBe((0, "Rebuilt from 200 calls." + Environment.NewLine, ""));
        (await RunAsync("check", First, Last, "--tag", "team")).Code.ShouldBe(0);
        (await RunAsync("fold")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_repricing_is_tried_done_and_gone_on_with()
    {
        await FilledAsync();

        var (code, dry, _) = await RunAsync("reprice", First, Last, "--dry-run");
        code.ShouldBe(0);
        dry.ShouldStartWith("200 calls, ");
        dry.ShouldContain(" would change: $");
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(0);

        (code, var done, _) = await RunAsync("reprice", First, Last);
        code.ShouldBe(0);
        var job = done.Split(Environment.NewLine)[0]["job ".Length..];
        done.ShouldContain(dry.Replace("would change", "changed", StringComparison.Ordinal).Split(Environment.NewLine)[0]);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBeGreaterThan(0);

        (await RunAsync("reprice", First, Last, "--job", job)).Output.ShouldBe(done);
    }

    [Fact]
    public async Task Scripts_are_what_the_library_says()
    {
        (await RunAsync("script", "--schema", "s", "--from-version", "3")).Output.ShouldBe(PostgresSchema.Script("s", 3) + Environment.NewLine);
        (await RunAsync("grant-writer", "r")).Output.ShouldBe(PostgresSchema.GrantWriterScript("llm", "r") + Environment.NewLine);
        (await RunAsync("grant-reader", "r")).Output.ShouldBe(PostgresSchema.GrantReaderScript("llm", "r") + Environment.NewLine);
        (await RunAsync("grant-repricer", "r")).Output.ShouldBe(PostgresSchema.GrantRepricerScript("llm", "r") + Environment.NewLine);
        (await RunAsync("--help")).Output.ShouldContain("operations VERB");
    }

    [Theory]
    [InlineData("The first argument is what to do")]
    [InlineData("The first argument is what to do", "Host=x;Password=" + Secret)]
    [InlineData("The last day is missing", "check", "2026-01-01")]
    [InlineData("A day is a UTC day like", "rebuild", "2026-01-01", "Password=" + Secret)]
    [InlineData("Argument 4 is not known", "check", "2026-01-01", "2026-01-02", "Password=" + Secret)]
    [InlineData("Argument 4 is not known", "check", "2026-01-01", "2026-01-02", "--dry-run")]
    [InlineData("A job is the id", "reprice", "2026-01-01", "2026-01-02", "--job", Secret)]
    public async Task A_wrong_command_line_is_told_without_repeating_it(string said, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);

        (code, output).ShouldBe((2, ""));
        error.ShouldContain(said);
        error.ShouldNotContain(Secret);
    }

    [Fact]
    public async Task A_server_that_refuses_is_an_error_without_the_connection_string()
    {
        await using var error = new StringWriter();
        var code = await OperationsProgram.RunAsync(
            ["check", Day(DateTimeOffset.UtcNow), Day(DateTimeOffset.UtcNow)], _ => $"Host=127.0.0.1;Port=1;Username=u;Password={Secret}", TextWriter.Null, error, Token);

        code.ShouldBe(1);
        error.ToString().ShouldStartWith("operations: ");
        error.ToString().ShouldNotContain(Secret);
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private async Task FilledAsync()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team"] });
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. ScriptedCalls.Create(200)]), Token);
        await store.FoldRollupsAsync(Token);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await OperationsProgram.RunAsync(
            arguments, name => name == OperationsProgram.Variable ? ConnectionString : null, output, error, Token);
        return (code, output.ToString(), error.ToString());
    }
}

using System.Text.Json.Nodes;

namespace Replay.Tests;

/// <summary>One run of the program in this process, with what it wrote.</summary>
internal sealed record ReplayRun(int ExitCode, string Output, string Error)
{
    public string LastLine => Output.TrimEnd().Split('\n')[^1].TrimEnd('\r');

    public JsonObject Json => JsonNode.Parse(LastLine)!.AsObject();

    public static async Task<ReplayRun> OfAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await ReplayProgram.RunAsync(
            arguments,
            new ReplayConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), Interactive: false),
            TestContext.Current.CancellationToken);
        return new ReplayRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The error is one line, and nothing was reported.</summary>
    public void ShouldFailWithOneLine(int exitCode)
    {
        ExitCode.ShouldBe(exitCode, Error);
        Output.ShouldBeEmpty();
        Error.ShouldStartWith("replay: ");
        Error.TrimEnd().ShouldNotContain("\n");
    }
}

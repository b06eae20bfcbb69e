namespace LlmObservability.Testing.Tools;

/// <summary>jq, compiled to WebAssembly and run by Node.js: its npm package holds all of it.</summary>
internal sealed class Jq
{
    private readonly string _script;

    private Jq(string script) => _script = script;

    /// <exception cref="InvalidOperationException">It cannot be had; the message says what to install.</exception>
    public static async Task<Jq> InstallAsync() => new(Path.Combine(await NodeTool.InstallAsync("jq", "jq.js"), "jq.js"));

    /// <summary>What <c>jq [flags] filter</c> prints of the text.</summary>
    public async Task<string> RunAsync(string text, string filter, params string[] flags)
    {
        var result = await Tool.RunAsync(["node", _script, filter, .. flags], text);
        (result.ExitCode, result.Error).ShouldBe((0, ""), filter);
        return result.Output;
    }
}

using System.Security.Cryptography;

namespace LlmObservability.Testing.Tools;

/// <summary>jq, compiled to WebAssembly and run by Node.js: its npm package holds all of it.</summary>
internal sealed class Jq
{
    private const string Script =
        "const [filter, ...flags] = process.argv.slice(2); let text = ''; process.stdin.on('data', part => text += part)"
        + ".on('end', () => require('jq-wasm').raw(text, filter, flags).then(out => process.stdout.write(out), error => { process.stderr.write(error.message); process.exitCode = 1; }));";

    private readonly string _script;

    private Jq(string script) => _script = script;

    /// <exception cref="InvalidOperationException">It cannot be had; the message says what to install.</exception>
    public static async Task<Jq> InstallAsync()
    {
        var source = Source();
        var hash = SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json")));
        var folder = await InstalledOnce.InstallAsync("jq-" + Convert.ToHexString(hash)[..16], partial => InstallAsync(source, partial));
        return new Jq(Path.Combine(folder, "jq.js"));
    }

    /// <summary>What <c>jq [flags] filter</c> prints of the text.</summary>
    public async Task<string> RunAsync(string text, string filter, params string[] flags)
    {
        var result = await Tool.RunAsync(["node", _script, filter, .. flags], text);
        (result.ExitCode, result.Error).ShouldBe((0, ""), filter);
        return result.Output;
    }

    private static async Task InstallAsync(string source, string partial)
    {
        foreach (var name in new[] { "package.json", "package-lock.json", ".npmrc" })
        {
            File.Copy(Path.Combine(source, name), Path.Combine(partial, name));
        }

        string[] npm = OperatingSystem.IsWindows() ? ["cmd", "/c", "npm"] : ["npm"];
        var result = await Tool.RunAsync([.. npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder: partial);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"jq for the tests cannot be had: install Node.js 20 or later with npm and a registry that it reaches; npm said: {result.Error}");
        }

        await File.WriteAllTextAsync(Path.Combine(partial, "jq.js"), Script);
    }

    private static string Source()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "jq");
            if (File.Exists(Path.Combine(candidate, "package-lock.json")))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException($"jq for the tests cannot be had: no folder above {AppContext.BaseDirectory} holds tests/jq/package-lock.json.");
    }
}

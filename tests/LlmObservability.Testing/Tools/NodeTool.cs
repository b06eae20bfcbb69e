using System.Security.Cryptography;

namespace LlmObservability.Testing.Tools;

/// <summary>A tool that Node.js runs: its npm packages by a lock file, with the scripts beside it.</summary>
internal static class NodeTool
{
    /// <summary>Installs the tool of a folder under <c>tests</c>, once per machine and content; returns where it is.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="scripts">Scripts in it, beside the npm files.</param>
    /// <exception cref="InvalidOperationException">It cannot be had; the message says what to install.</exception>
    public static async Task<string> InstallAsync(string name, params string[] scripts)
    {
        var source = Source(name);
        string[] files = ["package.json", "package-lock.json", ".npmrc", .. scripts];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(await File.ReadAllBytesAsync(Path.Combine(source, file)));
        }

        return await InstalledOnce.InstallAsync($"{name}-{Convert.ToHexString(hash.GetHashAndReset())[..16]}", async partial =>
        {
            foreach (var file in files)
            {
                File.Copy(Path.Combine(source, file), Path.Combine(partial, file));
            }

            string[] npm = OperatingSystem.IsWindows() ? ["cmd", "/c", "npm"] : ["npm"];
            var result = await Tool.RunAsync([.. npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder: partial);
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException(
                    $"{name} for the tests cannot be had: install Node.js 20 or later with npm and a registry that it reaches; npm said: {result.Error}");
            }
        });
    }

    private static string Source(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", name);
            if (File.Exists(Path.Combine(candidate, "package-lock.json")))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException(
            $"{name} for the tests cannot be had: no folder above {AppContext.BaseDirectory} holds tests/{name}/package-lock.json.");
    }
}

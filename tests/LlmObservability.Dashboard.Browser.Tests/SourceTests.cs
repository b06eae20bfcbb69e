using System.Diagnostics;
using LlmObservability.Dashboard.Browser.Tests.Browsing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>The pages' own checks: their linter, and their unit tests of numbers, money, times, filters and ranges.</summary>
public sealed class SourceTests
{
    [Theory]
    [InlineData("lint")]
    [InlineData("test")]
    public async Task The_pages_pass(string script)
    {
        string[] npm = OperatingSystem.IsWindows() ? ["cmd", "/c", "npm"] : ["npm"];
        var start = new ProcessStartInfo(npm[0], [.. npm.Skip(1), "run", "--silent", script])
        {
            WorkingDirectory = PageTools.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(timeout.Token);
        process.ExitCode.ShouldBe(0, await output + await error);
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace LlmObservability.Testing.Tools;

/// <summary>Runs a program to its end, within a bound.</summary>
internal static class Tool
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="folder">Where it runs; null for here.</param>
    /// <exception cref="InvalidOperationException">There is no such program, or it did not end in time.</exception>
    public static async Task<ToolResult> RunAsync(IReadOnlyList<string> command, string? input = null, string? folder = null)
    {
        using var process = Start(command, folder);
        using var bound = new CancellationTokenSource(Bound);
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var error = process.StandardError.ReadToEndAsync(bound.Token);
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), bound.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(bound.Token);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"'{command[0]}' did not end within {Bound.TotalMinutes} minutes.");
        }
    }

    public static Process Start(IReadOnlyList<string> command, string? folder = null)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
            {
                WorkingDirectory = folder ?? Path.GetTempPath(),
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"'{command[0]}' does not start: {error.Message}.", error);
        }
    }

    /// <summary>Where a program is on the path; null for nowhere.</summary>
    public static string? Find(string program)
    {
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}

/// <summary>How a program ended, and what it said.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error);

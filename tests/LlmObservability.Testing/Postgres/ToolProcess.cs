using System.ComponentModel;
using System.Diagnostics;

namespace LlmObservability.Testing.Postgres;

/// <summary>Runs a tool to its end.</summary>
internal static class ToolProcess
{
    public static async Task RunAsync(string workingDirectory, IReadOnlyList<string> command)
    {
        var start = StartInfo(workingDirectory, command);
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"PostgreSQL for the tests cannot be had: '{start.FileName}' did not end within 3 minutes.");
        }

        var text = (await output + await error).ReplaceLineEndings(" ").Trim();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"PostgreSQL for the tests cannot be had: '{string.Join(' ', command)}' ended with {process.ExitCode}: {text}");
        }
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException(
                $"PostgreSQL for the tests cannot be had: '{start.FileName}' does not start ({exception.Message}); the tests need Node.js with npm.",
                exception);
        }
    }

    public static ProcessStartInfo StartInfo(string workingDirectory, IReadOnlyList<string> command)
    {
        return new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace LlmObservability.Throughput.Analytics.Writers;

/// <summary>A child that writes, from its start to its end. Every wait is bounded; disposing it ends it.</summary>
internal sealed class WriterProcess : IAsyncDisposable
{
    private const int LinesKept = 20;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private readonly int _number;
    private readonly Process _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _errors = new();

    /// <param name="number">Which it is, for those who read.</param>
    /// <param name="arguments">Those of the verb.</param>
    public WriterProcess(int number, IEnumerable<string> arguments)
    {
        _number = number;
        // The runtime that runs this: also where no dotnet is on the path.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        _process = Process.Start(new ProcessStartInfo(dotnet, [typeof(WriterProcess).Assembly.Location, WriterProgram.Verb, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, line) => Answered(line.Data);
        _process.ErrorDataReceived += (_, line) => Complained(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Calls that it said it wrote.</summary>
    public long Calls { get; private set; }

    /// <summary>Ends when it is ready to write.</summary>
    public Task ReadyAsync() => AnswerAsync(WriterProgram.Ready);

    /// <summary>Lets it write for so long; calls a second, by its own clock.</summary>
    public async Task<double> WriteAsync(int seconds)
    {
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"{WriterProgram.Go} {seconds}"));
        var (calls, milliseconds) = await AnswerAsync(WriterProgram.Wrote);
        return calls * 1_000.0 / milliseconds;
    }

    /// <summary>Asks it to stop, and waits until it is gone; false when it did not end well.</summary>
    public async Task<bool> StopAsync()
    {
        await SayAsync(WriterProgram.Stop);
        using var bound = new CancellationTokenSource(Bound);
        await _process.WaitForExitAsync(bound.Token);
        return _process.ExitCode == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            using var bound = new CancellationTokenSource(Bound);
            await _process.WaitForExitAsync(bound.Token);
        }

        _process.Dispose();
    }

    private async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    private async Task<(long Calls, long Milliseconds)> AnswerAsync(string word)
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            while (true)
            {
                var line = await _answers.Reader.ReadAsync(bound.Token);
                if (line.Split(' ') is [var first, var calls, var milliseconds] && first == word)
                {
                    Calls += long.Parse(calls, CultureInfo.InvariantCulture);
                    return (long.Parse(calls, CultureInfo.InvariantCulture), long.Parse(milliseconds, CultureInfo.InvariantCulture));
                }

                // What its store has to tell.
                Report.Line($"  process {_number}: {line}");
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            throw new InvalidOperationException($"Process {_number} did not answer '{word}': {string.Join(" | ", _errors)}", exception);
        }
    }

    private void Answered(string? line)
    {
        if (line is null)
        {
            _answers.Writer.TryComplete();
        }
        else
        {
            _answers.Writer.TryWrite(line);
        }
    }

    private void Complained(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            _errors.Enqueue(line.Trim());
            while (_errors.Count > LinesKept)
            {
                _errors.TryDequeue(out _);
            }
        }
    }
}

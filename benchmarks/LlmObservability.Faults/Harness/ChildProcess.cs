using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using LlmObservability.Faults.Child;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Faults.Harness;

/// <summary>A child, from its start to its end. Every wait is bounded; disposing it ends it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesKept = 40;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _errors = new();

    private ChildProcess(ChildOptions options)
    {
        var program = typeof(ChildProcess).Assembly.Location;
        // The runtime that runs this: also where no dotnet is on the path.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = new ProcessStartInfo(dotnet, [program, "child", options.ToArgument()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The harness shares the machine with its children: their collector keeps no more memory than it needs.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Answered(line.Data);
        _process.ErrorDataReceived += (_, line) => Complained(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>The last of what it logged.</summary>
    public string Errors => string.Join(" | ", _errors);

    /// <summary>Bytes of memory that it has now.</summary>
    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
    }

    /// <summary>Starts a child, and returns when it makes calls.</summary>
    public static async Task<ChildProcess> StartAsync(ChildOptions options)
    {
        var child = new ChildProcess(options);
        try
        {
            await child.AnswerAsync("ready");
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }

        return child;
    }

    /// <summary>How it stands.</summary>
    public async Task<ChildReport> ReportAsync()
    {
        await SayAsync("report");
        return ChildReport.Parse(await AnswerAsync("report"));
    }

    /// <summary>Says a command, and waits for its answer.</summary>
    public async Task TellAsync(string command, string answer)
    {
        await SayAsync(command);
        await AnswerAsync(answer);
    }

    /// <summary>Asks it to stop, and returns what it tells at its end.</summary>
    public async Task<ChildReport> StopAsync()
    {
        await SayAsync("stop");
        return await EndAsync();
    }

    /// <summary>SIGTERM; returns what it tells at its end, and when it was gone.</summary>
    public async Task<(ChildReport Report, TimeSpan Took)> TerminateAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        UnixSignal.Terminate(Id);
        var report = await EndAsync();
        return (report, Stopwatch.GetElapsedTime(begun));
    }

    /// <summary>SIGKILL; returns when it was sent, by the clock of the ledger.</summary>
    public async Task<long> KillAsync()
    {
        var at = Stopwatch.GetTimestamp();
        _process.Kill();
        await ExitAsync();
        return at;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await ExitAsync();
        }

        _process.Dispose();
    }

    private async Task<ChildReport> EndAsync()
    {
        var report = ChildReport.Parse(await AnswerAsync("end"));
        await ExitAsync();
        return report;
    }

    private async Task ExitAsync()
    {
        using var bound = new CancellationTokenSource(Bound);
        await _process.WaitForExitAsync(bound.Token);
    }

    private async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>What follows the word in the next answer that begins with it.</summary>
    private async Task<string> AnswerAsync(string word)
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            while (true)
            {
                var line = await _answers.Reader.ReadAsync(bound.Token);
                if (line.StartsWith(word, StringComparison.Ordinal))
                {
                    return line[word.Length..].Trim();
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            throw new FaultException($"the child did not answer '{word}'{(_process.HasExited ? $", it ended with {_process.ExitCode}" : "")}: {Errors}");
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

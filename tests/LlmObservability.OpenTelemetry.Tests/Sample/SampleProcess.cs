using System.Diagnostics;
using System.Text;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.OpenTelemetry.Tests.Sample;

/// <summary>The sample as somebody starts it: a process on a free port of 127.0.0.1, told by variables alone where to send.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private readonly Task<string> _told;

    private SampleProcess(Process process, Uri address, Task<string> told)
    {
        (_process, _told) = (process, told);
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public HttpClient Http { get; }

    public static async Task<SampleProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OpenTelemetrySample.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
        };
        // Whatever the machine has set must not decide where it sends.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name == "ASPNETCORE_URLS").ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        try
        {
            var address = await AddressAsync(process.StandardOutput, cancellationToken).WaitAsync(Bound, cancellationToken);
            return new SampleProcess(process, address, process.StandardOutput.ReadToEndAsync(CancellationToken.None));
        }
        catch (Exception)
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>As a service manager or a container ends it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        UnixSignal.Terminate(_process.Id);
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Bound, cancellationToken);
        _process.ExitCode.ShouldBe(0, await _told);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await _told;
        _process.Dispose();
    }

    private static async Task<Uri> AddressAsync(StreamReader output, CancellationToken cancellationToken)
    {
        const string Listening = "Now listening on: ";
        var told = new StringBuilder();
        while (true)
        {
            var line = await output.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The sample ended: " + told);
            told.AppendLine(line);
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new Uri(line[(at + Listening.Length)..]);
            }
        }
    }
}

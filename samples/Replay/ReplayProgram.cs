using System.Diagnostics;
using LlmObservability;
using LlmObservability.Queries;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Replay;

/// <summary>The program: arguments in, report and exit code out.</summary>
public static class ReplayProgram
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Runs it and returns the exit code.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, ReplayConsole console, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(console);
        try
        {
            var options = ReplayOptions.Parse(arguments);
            if (options.Help)
            {
                await console.Output.WriteLineAsync(ReplayOptions.Usage);
                return ExitCodes.Equal;
            }

            return await ReplayAsync(options, console, cancellationToken);
        }
        catch (ReplayException exception)
        {
            await console.Error.WriteLineAsync("replay: " + exception.Message.ReplaceLineEndings(" "));
            return exception.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await console.Error.WriteLineAsync("replay: stopped.");
            return ExitCodes.Stopped;
        }
    }

    private static async Task<int> ReplayAsync(ReplayOptions options, ReplayConsole console, CancellationToken cancellationToken)
    {
        var trace = new Trace(options.Trace);
        var calls = await trace.CountAsync(cancellationToken);
        using var host = ReplayHost.Build(options, calls);
        await ReplayHost.StartAsync(host, cancellationToken);

        // Ctrl+C stops the host's lifetime, and with it the replay.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        Report report;
        try
        {
            report = await SendAndReadAsync(options, console, trace, calls, host.Services, stop.Token);
        }
        finally
        {
            // Within the pipeline's own budget, also when the replay failed or was stopped.
            await host.StopAsync(CancellationToken.None);
        }

        TextReport.Write(console.Output, report, trace.Name, options.Postgres is null ? "memory" : "PostgreSQL");
        if (options.Json)
        {
            await console.Output.WriteLineAsync(JsonReport.Create(report));
        }

        return report.Equal ? ExitCodes.Equal : ExitCodes.NotEqual;
    }

    private static async Task<Report> SendAndReadAsync(
        ReplayOptions options, ReplayConsole console, Trace trace, int calls, IServiceProvider services, CancellationToken cancellationToken)
    {
        var observer = services.GetRequiredService<LlmObserver>();
        var workload = new Workload(options.PriceAs);
        var clients = workload.Providers.ToDictionary(
            provider => provider,
            provider => new ReplayClient(provider, options.Speed).WithLlmObservability(services));

        var runId = Guid.CreateVersion7().ToString();
        var from = DateTimeOffset.UtcNow.AddSeconds(-1);
        var begin = Stopwatch.GetTimestamp();
        ReplayTotals sent;
        using (var progress = new ProgressBar(console, calls))
        {
            sent = await new Sender(clients, observer, runId, options.Speed, progress).SendAsync(trace, workload, cancellationToken);
        }

        var elapsed = Stopwatch.GetElapsedTime(begin);
        try
        {
            var stored = await Report.ReadAsync(services.GetRequiredService<ILlmStore>(), runId, from, cancellationToken)
                .WaitAsync(ReadTimeout, cancellationToken);
            return new Report(sent, stored, observer.GetStatistics().Dropped, elapsed);
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not LlmQueryException)
        {
            throw ReplayHost.Unusable(ReplayHost.Describe(exception));
        }
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using LlmObservability;
using Microsoft.Extensions.AI;

namespace Replay;

/// <summary>Makes the calls, a bounded number at once, and never lets more wait for the store than its queue holds.</summary>
internal sealed class Sender(
    IReadOnlyDictionary<string, IChatClient> clients, LlmObserver observer, string runId, double? speed, ProgressBar progress)
{
    /// <summary>The tag by which a run finds its own calls in a store that holds others.</summary>
    public const string RunTag = "replay_run";

    // With waiting, as many calls overlap as the trace's rate and latency ask for; without, a few keep the processors busy.
    private const int PacedConcurrency = 512;
    private const int UnpacedConcurrency = 16;

    // Far below the default queue: after so many calls the sender waits until all of them are stored.
    private const int FlushEvery = 8_192;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(60);

    private long _calls;
    private long _inputTokens;
    private long _outputTokens;

    public async Task<ReplayTotals> SendAsync(Trace trace, Workload workload, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = speed is null ? UnpacedConcurrency : PacedConcurrency,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(PaceAsync(trace, workload, cancellationToken), parallel, CallAsync);
        await FlushAsync(cancellationToken);
        return new ReplayTotals(_calls, _inputTokens, _outputTokens);
    }

    private async IAsyncEnumerable<ReplayCall> PaceAsync(
        Trace trace, Workload workload, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var begin = time.GetTimestamp();
        DateTimeOffset? first = null;
        var taken = 0;
        await foreach (var row in trace.ReadAsync(cancellationToken))
        {
            first ??= row.Time;
            if (speed is { } factor && ((row.Time - first.Value) / factor) - time.GetElapsedTime(begin) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, cancellationToken);
            }

            if (++taken % FlushEvery == 0)
            {
                await FlushAsync(cancellationToken);
            }

            yield return workload.Next(row);
        }
    }

    private async ValueTask CallAsync(ReplayCall call, CancellationToken cancellationToken)
    {
        var client = clients[call.Provider];
        ChatMessage[] messages = [new(ChatRole.User, "…") { RawRepresentation = call }];
        var options = new ChatOptions { ModelId = call.Model }
            .WithLlmTag("route", call.Route)
            .WithLlmTag("trace_time", call.Row.Time.ToString("O", CultureInfo.InvariantCulture));

        using var scope = LlmScope.Begin(("tenant", call.Tenant), ("feature", call.Feature), (RunTag, runId));
        if (call.Streamed)
        {
            await foreach (var _ in client.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                // A real consumer would show the text.
            }
        }
        else
        {
            await client.GetResponseAsync(messages, options, cancellationToken);
        }

        Interlocked.Add(ref _inputTokens, call.Row.InputTokens);
        Interlocked.Add(ref _outputTokens, call.Row.OutputTokens);
        progress.Report(Interlocked.Increment(ref _calls));
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(FlushTimeout);
        try
        {
            await observer.FlushAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Told below.
        }

        if (timeout.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ReplayException(ExitCodes.Database, $"The store did not take the calls within {FlushTimeout.TotalSeconds:0} seconds.");
        }
    }
}

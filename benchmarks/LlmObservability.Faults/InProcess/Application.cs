using System.Diagnostics;
using System.Text.Json;
using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability.Faults.InProcess;

/// <summary>One life of an application over a file layer and a store that fail as they are told.</summary>
internal sealed class Application : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly LlmObserver _observer;
    private readonly Clients _clients;

    public Application(ISegmentFiles files, ILlmSink store, LlmDurability durability, Action<LlmPipelineOptions>? configure = null)
    {
        var options = new LlmObservabilityOptions { Service = "faults" };
        options.Pipeline.Durability = durability;
        options.Pipeline.Directory = Path.Combine(Path.GetTempPath(), "not-there");
        options.Pipeline.MaxSpoolBytes = 1024 * 1024;
        options.Pipeline.MaxBatchItems = 20;
        options.Pipeline.FlushInterval = TimeSpan.FromMilliseconds(1);
        options.Pipeline.SpillAfter = TimeSpan.FromMilliseconds(10);
        options.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(1);
        options.Pipeline.MaxRetryDelay = TimeSpan.FromMilliseconds(5);
        options.Pipeline.ShutdownTimeout = TimeSpan.FromSeconds(1);
        configure?.Invoke(options.Pipeline);
        LlmObservabilityOptionsValidator.ThrowIfInvalid(options);
        _observer = new LlmObserver(options, [store], TimeProvider.System, NullLoggerFactory.Instance, null, _ => files);
        _observer.Start();
        _clients = new Clients(_observer);
    }

    public LlmStatistics Statistics => _observer.GetStatistics();

    public LlmSinkStatistics Sink => Statistics.Sinks[0];

    /// <summary>One call, and its record.</summary>
    public async Task<LlmCall> CallAsync(int producer, int number)
    {
        using var scope = LlmScope.Begin(("tenant", Work.TenantOf(number)), (Work.NumberTag, Work.NumberOf(producer, number)));
        // What follows a call by itself is for children: here a record is a call.
        var shape = Work.ShapeOf(number) is WorkShape.Attempts or WorkShape.Tool ? Work.ShapeOf(number) : WorkShape.Alone;
        var response = await _clients.For(shape).GetResponseAsync([new Question(producer, number)]);
        return response.GetLlmCall() ?? throw new InvalidOperationException("A wrapped call has no record.");
    }

    /// <summary>Returns when nothing waits in memory or on disk, and a flush agrees.</summary>
    public async Task IdleAsync()
    {
        await UntilAsync(sink => sink is { QueuedItems: 0, FailingSince: null, Spool: null or { Records: 0, Bytes: > 0 } }, "nothing waits");
        var flushing = _observer.FlushAsync(CancellationToken.None);
        await UntilAsync(_ => flushing.IsCompleted, "the flush ends");
        await UntilAsync(sink => sink is { QueuedItems: 0, Spool: null or { Records: 0 } }, "nothing waits after a flush");
    }

    /// <summary>Returns when the sink's figures are so.</summary>
    public async Task UntilAsync(Predicate<LlmSinkStatistics> condition, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition(Sink))
        {
            if (Stopwatch.GetElapsedTime(begun) > Bound)
            {
                throw new FaultException($"after {Bound.TotalSeconds} s still not: {what}: {JsonSerializer.Serialize(Sink)}");
            }

            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _observer.DisposeAsync().AsTask().WaitAsync(Bound);
    }
}

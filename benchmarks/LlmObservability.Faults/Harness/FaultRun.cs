using System.Diagnostics;
using LlmObservability.Faults.Child;
using LlmObservability.Postgres;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Harness;

/// <summary>One run of a fault: its children one after the other, or several at once, what they were promised, and what came of it.</summary>
internal sealed class FaultRun(FaultBench bench, string schema, string folder, int seed) : IAsyncDisposable
{
    private const int LooksThough = 4;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly List<ChildProcess> _children = [];
    private readonly List<ChildReport> _ends = [];
    private readonly object _gate = new();
    private readonly string _ledger = Directory.CreateDirectory(Path.Combine(folder, "ledger")).FullName;
    private int _started;
    private bool _areSpans;

    public Random Random { get; } = new(seed);

    public string Spool => Path.Combine(folder, "spool");

    /// <summary>What children told at their ends, those that could.</summary>
    public IReadOnlyList<ChildReport> Ends => _ends;

    /// <summary>How many calls have returned by now.</summary>
    public long Promised => Ledger.Count(_ledger);

    /// <summary>The options of a child in this run, with the store at this port or directly at the server.</summary>
    public ChildOptions Options(LlmDurability durability, int? port = null)
    {
        var connection = bench.Server.ConnectionString() + ";Pooling=true;Timeout=2;Command Timeout=5";
        return new ChildOptions
        {
            Postgres = port is null ? connection : connection.Replace($"Port={bench.Server.Port}", $"Port={port}", StringComparison.Ordinal),
            Schema = schema,
            Ledger = _ledger,
            Durability = durability,
            Directory = durability == LlmDurability.Memory ? null : Spool,
        };
    }

    /// <summary>The receiver of OTLP that the run's children write to; null where they write to PostgreSQL.</summary>
    public OtlpFaultServer? Receiver { get; private set; }

    /// <summary>The options of a child in this run that writes to this receiver.</summary>
    /// <param name="durability">Its mode.</param>
    /// <param name="receiver">The receiver.</param>
    /// <param name="spans">Whether it gets spans, which have no amendments; log records otherwise.</param>
    public ChildOptions Options(LlmDurability durability, OtlpFaultServer receiver, bool spans = false)
    {
        (Receiver, _areSpans) = (receiver, spans);
        return Options(durability) with { Otlp = receiver.Address, OtlpSpans = spans, Amends = !spans };
    }

    public async Task<ChildProcess> StartAsync(ChildOptions options)
    {
        var folderOfChild = Directory.CreateDirectory(Path.Combine(_ledger, $"child-{Interlocked.Increment(ref _started)}")).FullName;
        var child = await ChildProcess.StartAsync(options with { Ledger = folderOfChild });
        lock (_gate)
        {
            _children.Add(child);
        }

        return child;
    }

    /// <summary>Returns when so many more calls have returned: the load is there.</summary>
    public async Task MoreAsync(long calls)
    {
        var target = Promised + calls;
        await UntilAsync(() => Task.FromResult(Promised >= target), $"{calls} more calls");
    }

    public async Task StopAsync(ChildProcess child) => Ended(await child.StopAsync());

    public async Task<TimeSpan> TerminateAsync(ChildProcess child)
    {
        var (report, took) = await child.TerminateAsync();
        Ended(report);
        return took;
    }

    /// <summary>What the last child left on disk is brought in; now and then a child looks though nothing is left.</summary>
    public async Task BringInAsync(ChildOptions options)
    {
        if (_ends[^1].Sink.Spool is { Records: > 0 } || seed % LooksThough == 0)
        {
            await ReplayAsync(options);
        }
    }

    /// <summary>A child that makes no calls brings in what is on disk.</summary>
    public async Task<ChildReport> ReplayAsync(ChildOptions options)
    {
        var child = await StartAsync(options with { Producers = 0, Host = true });
        await IdleAsync(child);
        await StopAsync(child);
        return _ends[^1];
    }

    /// <summary>Returns when nothing waits in a child that makes no calls.</summary>
    public async Task IdleAsync(ChildProcess child)
    {
        ChildReport? last = null;
        try
        {
            await UntilAsync(async () => (last = await child.ReportAsync()).IsIdle && last.Sink.FailingSince is null, "nothing waits");
        }
        catch (FaultException stuck)
        {
            throw new FaultException($"{stuck.Message}: {last?.ToText()} {child.Errors}");
        }
    }

    public async Task<Comparison> CompareAsync()
    {
        if (Receiver is not null)
        {
            var received = Comparison.Of(Ledger.Read(_ledger), StoredRows.Of(Receiver.Taken, holdsAmendments: !_areSpans));
            received.AddWrong(Receiver.Differing.Select(uid => $"something else came under {uid} the second time"));
            return received;
        }

        await using var store = PostgresLlmStore.Create(bench.Server.ConnectionString(), new PostgresLlmOptions { Schema = schema });
        // A child may end before it got to make its tables.
        await store.PrepareAsync(CancellationToken.None);
        var comparison = Comparison.Of(Ledger.Read(_ledger), await StoredRows.ReadAsync(bench.Server.ConnectionString(), schema));
        comparison.AddWrong(await CheckRollupsAsync(store));
        await store.FoldRollupsAsync(CancellationToken.None);
        comparison.AddWrong(await CheckRollupsAsync(store));
        return comparison;
    }

    /// <summary>The sums against the calls, as the fault left them.</summary>
    private static Task<IReadOnlyList<string>> CheckRollupsAsync(PostgresLlmStore store)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        return store.CheckRollupsAsync(today.AddDays(-1), today, CancellationToken.None);
    }

    private void Ended(ChildReport report)
    {
        lock (_gate)
        {
            _ends.Add(report);
        }
    }

    public List<LedgerEntry> ReadLedger() => Ledger.Read(_ledger);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > Bound)
            {
                throw new FaultException($"after {Bound.TotalSeconds} s still not: {what}");
            }

            await Task.Delay(Look);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children)
        {
            await child.DisposeAsync();
        }

        await bench.DropAsync(schema);
        Directory.Delete(folder, recursive: true);
    }
}

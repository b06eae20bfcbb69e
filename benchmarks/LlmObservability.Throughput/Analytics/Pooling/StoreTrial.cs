using System.Diagnostics;
using System.Globalization;
using System.Text;
using LlmObservability.Postgres;
using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Throughput.Analytics.Dashboard;
using LlmObservability.Throughput.Analytics.Generation;
using Npgsql;

namespace LlmObservability.Throughput.Analytics.Pooling;

/// <summary>
/// Everything a store does, step by step, in a schema made anew; each step says in a line what came of it. The same calls give the same
/// lines, whatever lies between the store and its server.
/// </summary>
/// <param name="open">Opens a store.</param>
/// <param name="server">The server itself, for what is looked at and held past the store.</param>
/// <param name="generated">The calls.</param>
internal sealed class StoreTrial(Func<PostgresLlmOptions, PostgresLlmStore> open, NpgsqlDataSource server, GeneratedCalls generated)
{
    public const string Schema = "throughput_pooling";

    private const int BatchSize = 500;
    private const int StoresAtOnce = 4;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(2);

    private readonly List<(string Step, string Came)> _steps = [];
    private readonly List<PostgresLlmStore> _stores = [];
    private readonly LlmBatch[][] _days = [.. generated.Days.Select(day => Batches(Guid.NewGuid(), generated.Of(day)))];

    private DateOnly First => generated.Days.First();

    private DateOnly Last => generated.Days.Last();

    public async Task<IReadOnlyList<(string Step, string Came)>> RunAsync()
    {
        await ExecuteAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE");
        for (var i = 0; i < StoresAtOnce; i++)
        {
            _stores.Add(open(new PostgresLlmOptions { Schema = Schema, RollupTags = [OwnTags.PlanKey, OwnTags.JobKey], RollupInterval = TimeSpan.FromSeconds(1) }));
        }

        try
        {
            await StepAsync("migrations", MigrateAsync);
            await StepAsync("written, read and folded at once", WriteAsync);
            await StepAsync("batches again", () => SumAsync(_days[0]));
            await StepAsync("batches cut otherwise", CutOtherwiseAsync);
            await StepAsync("calls there already, by another writer", StagedAsync);
            await StepAsync("rollups checked, folded, checked", CheckAsync);
            await StepAsync("repriced, checked", RepriceAsync);
            await StepAsync("rebuilt, checked", RebuildAsync);
            await StepAsync("the dashboard's questions", AskAsync);
            await StepAsync("sums", SumsAsync);
            await StepAsync("pages and export", ExportAsync);
            await StepAsync("doctor", DiagnoseAsync);
            await StepAsync("retention behind a reader", RetainAsync);
            await StepAsync("left behind in sessions", LeftBehindAsync);
            return _steps;
        }
        finally
        {
            foreach (var store in _stores)
            {
                await store.DisposeAsync();
            }
        }
    }

    private static LlmBatch[] Batches(Guid writer, IEnumerable<LlmCallEnvelope> calls) =>
        [.. calls.Chunk(BatchSize).Select((chunk, number) => new LlmBatch(writer, 1 + ((long)number * BatchSize), chunk))];

    /// <summary>What fails is what came of it, and the next step is taken all the same.</summary>
    private async Task StepAsync(string step, Func<Task<string>> takeAsync)
    {
        string came;
        try
        {
            came = await takeAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or LlmSinkException or LlmQueryException or TimeoutException or InvalidOperationException)
        {
            came = $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}";
        }

        _steps.Add((step, came));
    }

    private async Task<string> MigrateAsync()
    {
        await Task.WhenAll(_stores.Select(store => store.PrepareAsync(CancellationToken.None).AsTask()));
        return $"version {await ScalarAsync($"SELECT max(version) FROM {Schema}.schema_migrations")}";
    }

    private async Task<string> WriteAsync()
    {
        using var done = new CancellationTokenSource();
        var others = Task.WhenAll(
            UntilAsync(() => _stores[^1].AggregateAsync(new LlmAggregateRequest { GroupBy = [LlmField.Model], Percentiles = true }, CancellationToken.None).AsTask(), done.Token),
            UntilAsync(() => _stores[^1].ListAsync(new LlmListRequest(), CancellationToken.None).AsTask(), done.Token),
            UntilAsync(() => _stores[0].FoldRollupsAsync(CancellationToken.None), done.Token));
        var left = new Queue<LlmBatch[]>(_days);
        var sums = await Task.WhenAll(_stores.Select(async store =>
        {
            var written = 0L;
            while (true)
            {
                LlmBatch[]? day;
                lock (left)
                {
                    if (!left.TryDequeue(out day))
                    {
                        return written;
                    }
                }

                foreach (var batch in day)
                {
                    written += (await store.WriteAsync(batch, CancellationToken.None)).Written;
                }
            }
        }));
        await done.CancelAsync();
        await others;
        return Text($"{sums.Sum()} written, {await ScalarAsync($"SELECT count(*) FROM {Schema}.calls")} rows");
    }

    private static async Task UntilAsync(Func<Task> askAsync, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await askAsync();
        }
    }

    private async Task<string> SumAsync(IEnumerable<LlmBatch> batches)
    {
        var (written, already) = (0L, 0L);
        foreach (var batch in batches)
        {
            var result = await _stores[1].WriteAsync(batch, CancellationToken.None);
            (written, already) = (written + result.Written, already + result.AlreadyWritten);
        }

        return Text($"{written} written, {already} already");
    }

    private Task<string> CutOtherwiseAsync()
    {
        var calls = Batches(Guid.NewGuid(), Another(generated.Of(Last).Take(2 * BatchSize)));
        return SumAsync(calls.SelectMany(batch => (LlmBatch[])[batch.Slice(0, batch.Envelopes.Count / 2), batch]));
    }

    private Task<string> StagedAsync()
    {
        var there = generated.Of(Last).Take(2 * BatchSize).ToArray();
        return SumAsync(Batches(Guid.NewGuid(), there.Zip(Another(there)).SelectMany(pair => (LlmCallEnvelope[])[pair.First, pair.Second])));
    }

    /// <summary>The same calls by ids of their own.</summary>
    private static IEnumerable<LlmCallEnvelope> Another(IEnumerable<LlmCallEnvelope> calls) => calls.Select(envelope =>
        new LlmCallEnvelope(envelope.Call with { Id = LlmCallId.Create(envelope.Call.StartedAt) }) { Attempts = envelope.Attempts, ToolCalls = envelope.ToolCalls });

    private async Task<string> CheckAsync()
    {
        var before = await DifferencesAsync();
        await _stores[0].FoldRollupsAsync(CancellationToken.None);
        return $"{before}; {await DifferencesAsync()}";
    }

    private async Task<string> RepriceAsync()
    {
        var request = new PostgresRepricingRequest { From = generated.From, To = generated.To };
        var catalog = Catalog();
        var dry = await _stores[0].RepriceAsync(catalog, request with { DryRun = true }, CancellationToken.None);
        var done = await _stores[0].RepriceAsync(catalog, request, CancellationToken.None);
        return Text($"{dry.Changed} and {done.Changed} of {done.Calls} changed, {done.BeforeNanos} to {done.AfterNanos} nano-dollars; {await DifferencesAsync()}");
    }

    /// <summary>Of the generator's models, at other prices.</summary>
    private static PriceCatalog Catalog()
    {
        var providers = ModelProfile.All.GroupBy(model => model.Provider).Select(provider =>
            $$"""{"id":"{{provider.Key}}","models":[{{string.Join(',', provider.Select(model => $$"""{"id":"{{model.RequestModel}}","prices":[{"in":7,"cacheRead":1,"out":21}]}"""))}}]}""");
        return PriceCatalog.Parse(
            Encoding.UTF8.GetBytes($$"""{"schema":"llm-prices/1","sourceDate":"2026-01-01","providers":[{{string.Join(',', providers)}}]}"""), "other prices");
    }

    private async Task<string> RebuildAsync() =>
        Text($"{await _stores[1].RebuildRollupsAsync(First, Last, CancellationToken.None)} calls; {await DifferencesAsync()}");

    private async Task<string> DifferencesAsync()
    {
        var differences = await _stores[2].CheckRollupsAsync(First, Last, CancellationToken.None);
        return differences.Count == 0 ? "no difference" : string.Join(" | ", differences);
    }

    private async Task<string> AskAsync()
    {
        var queries = DashboardQueries.Over(await FilledRange.FindAsync(_stores[0])).ToArray();
        await Task.WhenAll(queries.Select(query => query.RunAsync(_stores[0])));
        return Text($"{queries.Length} answered");
    }

    private async Task<string> SumsAsync()
    {
        var filter = new LlmFilter { From = generated.From, To = generated.To };
        List<string> sums = [];
        foreach (var request in new[]
        {
            new LlmAggregateRequest { Percentiles = true, ComparePrevious = true },
            new LlmAggregateRequest { GroupBy = [LlmField.Model, LlmField.Route], Bucket = LlmBucket.Hour, Top = 1_000 },
            new LlmAggregateRequest { GroupBy = [LlmField.Tenant] },
            new LlmAggregateRequest { GroupBy = [LlmField.User], TopBy = LlmTopBy.Cost, Measures = LlmMeasureSet.Spend },
            new LlmAggregateRequest { GroupBy = [LlmField.Conversation], Top = 10 },
        })
        {
            var answer = await _stores[3].AggregateAsync(request with { Filter = filter }, CancellationToken.None);
            sums.Add(Text($"{answer.Rows.Count} rows {answer.Total.Calls} calls {answer.Total.OutputTokens} tokens {answer.Total.Cost.TotalNanos} nanos p95 {answer.Total.Duration.P95}"));
        }

        var models = await _stores[3].DistinctAsync(new LlmDistinctRequest { Field = LlmField.Model, Filter = filter }, CancellationToken.None);
        return $"{string.Join("; ", sums)}; {models.Values.Count} models";
    }

    private async Task<string> ExportAsync()
    {
        var request = new LlmListRequest { Limit = 100 };
        var (pages, listed, cursor) = (0, 0, (string?)null);
        do
        {
            var page = await _stores[0].ListAsync(request with { Cursor = cursor }, CancellationToken.None);
            (pages, listed, cursor) = (pages + 1, listed + page.Calls.Count, page.Next);
        }
        while (cursor is not null && pages < 20);

        var (calls, nanos) = (0L, 0L);
        await foreach (var call in _stores[0].ExportAsync(new LlmFilter(), CancellationToken.None))
        {
            (calls, nanos) = (calls + 1, nanos + (call.Cost?.TotalNanos ?? 0));
        }

        return Text($"{listed} on {pages} pages; {calls} exported, {nanos} nano-dollars");
    }

    private async Task<string> DiagnoseAsync()
    {
        var findings = await _stores[0].DiagnoseAsync(CancellationToken.None);
        return Text($"{findings.Count} findings{string.Concat(findings.Where(finding => finding.Level != PostgresFindingLevel.Ok).Select(finding => $"; {finding.Level} {finding.Name}"))}");
    }

    /// <summary>
    /// While a transaction that has read the table is open: only detaching concurrently waits for it, the function that drops would leave
    /// the partitions for another hour.
    /// </summary>
    private async Task<string> RetainAsync()
    {
        await using var store = open(new PostgresLlmOptions { Schema = Schema, Retention = TimeSpan.FromDays(2) });
        await store.PrepareAsync(CancellationToken.None);
        var before = await PartitionsAsync();
        await using var connection = await server.OpenConnectionAsync();
        var reading = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"SELECT count(*) FROM {Schema}.calls", connection, reading))
        {
            await command.ExecuteScalarAsync();
        }

        var writing = store.WriteAsync(Batches(Guid.NewGuid(), Another(generated.Of(Last).Take(10)))[0], CancellationToken.None).AsTask();
        await Task.Delay(Held);
        await reading.RollbackAsync();
        await writing;
        var (begin, left) = (Stopwatch.GetTimestamp(), before);
        while (left == before && Stopwatch.GetElapsedTime(begin) < Bound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            left = await PartitionsAsync();
        }

        // Disposed when its step is done: the partitions of other tables follow those of calls.
        while (await ScalarAsync($"SELECT count(*) FROM pg_inherits WHERE inhdetachpending") is not 0L && Stopwatch.GetElapsedTime(begin) < Bound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        return left < before ? "partitions are gone" : "no partition is gone";
    }

    private async Task<long> PartitionsAsync() =>
        (long)(await ScalarAsync($"SELECT count(*) FROM pg_inherits WHERE inhparent = '{Schema}.calls'::regclass"))!;

    /// <summary>Of all sessions of the server, once everybody is done and the server has noticed.</summary>
    private async Task<string> LeftBehindAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            var (locks, open) = (
                await ScalarAsync("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
                await ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"));
            if ((locks is 0L && open is 0L) || Stopwatch.GetElapsedTime(begin) > Bound)
            {
                return Text($"{locks} advisory locks, {open} open transactions");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task ExecuteAsync(string sql) => _ = await ScalarAsync(sql);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = server.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

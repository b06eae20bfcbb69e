using System.Text;
using LlmObservability.Postgres;
using LlmObservability.Pricing;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Repricing;

/// <summary>Stored calls priced anew: what changes, what stays, and that it is done once however often it is begun.</summary>
public sealed class RepricingTests(PostgresServer server) : PostgresDatabase(server)
{
    private const string Effective = "SELECT coalesce(sum(cost_usd * 1000000000), 0)::numeric FROM llm.call_costs";

    // d has a price only in the first, e only in the second.
    private static readonly PriceCatalog First = Catalog("2026-01-01", 1, "d");
    private static readonly PriceCatalog Second = Catalog("2026-02-01", 3, "e");
    private static readonly PostgresRepricingRequest All = new()
    {
        From = ScriptedCalls.TenDaysAgo,
        To = ScriptedCalls.TenDaysAgo.AddDays(4),
        BatchSize = 100,
    };

    private List<LlmCallEnvelope> _envelopes = [];

    private decimal Recorded => _envelopes.Sum(envelope => (decimal)(envelope.Call.Cost?.TotalNanos ?? 0));

    [Fact]
    public async Task A_dry_run_tells_what_a_run_then_does_and_writes_nothing()
    {
        var store = await FilledAsync();
        var (expected, changed) = Expected(Second);

        var dry = await store.RepriceAsync(Second, All with { DryRun = true }, Token);

        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.repricing_jobs")).ShouldBe(0);
        dry.JobId.ShouldBeNull();
        (dry.Finished, dry.Calls, dry.Changed).ShouldBe((true, 400, changed));
        (dry.BeforeNanos, dry.AfterNanos).ShouldBe((Recorded, expected));
        dry.Kept.Values.Sum().ShouldBe(_envelopes.Count(envelope => Kept(envelope) is not null));
        dry.Kept.Keys.ShouldBe(_envelopes.Select(Kept).OfType<string>().Distinct(), ignoreOrder: true);
        dry.NewlyPriced.ShouldBe(_envelopes.Count(envelope => Kept(envelope) is null && envelope.Call.RequestModel == "e"));
        dry.BecameUnpriced.ShouldBe(_envelopes.Count(envelope => Kept(envelope) is null && envelope.Call.RequestModel == "d"));
        dry.NewlyPriced.ShouldBeGreaterThan(0);
        dry.BecameUnpriced.ShouldBeGreaterThan(0);
        dry.Models.Sum(model => model.Calls).ShouldBe(400);
        dry.Models.Single(model => model.Model == "e").ShouldSatisfyAllConditions(
            model => model.BeforeNanos.ShouldBe(_envelopes.Where(e => e.Call.Model == "e").Sum(e => (decimal)(e.Call.Cost?.TotalNanos ?? 0))),
            model => model.AfterNanos.ShouldBeGreaterThan(model.BeforeNanos));

        var run = await store.RepriceAsync(Second, All, Token);

        Text(run with { JobId = null }).ShouldBe(Text(dry));
        (await ScalarAsync<decimal>(Effective)).ShouldBe(expected);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments WHERE kind = 'repricing'")).ShouldBe(changed);
        foreach (var envelope in _envelopes.Take(50))
        {
            var detail = (await store.GetAsync(envelope.CallId, Token)).ShouldNotBeNull();
            detail.Call.ShouldBe(envelope.Call);
            if (detail.Amendments.Count > 0)
            {
                var amendment = detail.Amendments.ShouldHaveSingleItem();
                amendment.Kind.ShouldBe(LlmVocabulary.Repricing);
                amendment.Cost.ShouldBe(Price(Second, envelope.Call).Cost);
                amendment.CostReason.ShouldBe(amendment.Cost is null ? LlmCostReason.UnknownModel : LlmCostReason.Priced);
                amendment.PriceEntry.ShouldBe(amendment.Cost is null ? null : "p/" + envelope.Call.RequestModel);
                amendment.CatalogDate.ShouldBe(amendment.Cost is null ? null : Second.Date);
            }
        }
    }

    [Fact]
    public async Task A_day_that_retention_is_just_removing_is_left_out()
    {
        var store = await FilledAsync();
        var day = All.From.UtcDateTime.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        await ExecuteAsync($"DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'llm.amendments'::regclass "
            + $"AND inhrelid::regclass::text <= 'llm.amendments_{day}' LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$");
        var left = _envelopes.Count(envelope => envelope.CallStartedAt >= new DateTimeOffset(All.From.UtcDateTime.Date.AddDays(1), TimeSpan.Zero));
        left.ShouldBeInRange(1, 399);

        var run = await store.RepriceAsync(Second, All, Token);

        (run.Finished, run.Calls).ShouldBe((true, left));
    }

    [Fact]
    public async Task Again_by_the_same_catalog_nothing_changes_and_back_by_the_first_all_is_as_recorded()
    {
        var store = await FilledAsync();
        var run = await store.RepriceAsync(Second, All, Token);

        var again = await store.RepriceAsync(Second, All, Token);

        (again.Calls, again.Changed).ShouldBe((400, 0));
        (again.BeforeNanos, again.AfterNanos).ShouldBe((run.AfterNanos, run.AfterNanos));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(run.Changed);

        // A clock that went back must not hide the newer price.
        var earlier = Store(timeProvider: new ManualTimeProvider(DateTimeOffset.UtcNow.AddHours(-3)));
        var back = await earlier.RepriceAsync(First, All, Token);
        back.Changed.ShouldBe(run.Changed);
        back.AfterNanos.ShouldBe(Recorded);
        (await ScalarAsync<decimal>(Effective)).ShouldBe(Recorded);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.call_costs WHERE cost_usd IS DISTINCT FROM recorded_cost_usd")).ShouldBe(0);
        (await earlier.RepriceAsync(First, All, Token)).Changed.ShouldBe(0);
    }

    [Fact]
    public async Task A_run_that_was_cut_off_goes_on_where_it_was()
    {
        var store = await FilledAsync();
        var whole = await store.RepriceAsync(Second, All with { DryRun = true }, Token);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var job = Guid.NewGuid();
        var progress = new Steps(report =>
        {
            if (report.Calls == 200)
            {
                cancelling.Cancel();
            }
        });

        await Should.ThrowAsync<OperationCanceledException>(() => store.RepriceAsync(Second, All with { JobId = job, Progress = progress }, cancelling.Token));

        var partly = await ScalarAsync<long>("SELECT count(*) FROM llm.amendments");
        partly.ShouldBeInRange(1, whole.Changed - 1);
        (await ScalarAsync<bool>("SELECT finished_at IS NULL AND cursor_id IS NOT NULL FROM llm.repricing_jobs")).ShouldBeTrue();
        foreach (var wrong in new[] { (All with { JobId = job, To = All.To.AddDays(1) }, Second), (All with { JobId = job }, First) })
        {
            (await Should.ThrowAsync<ArgumentException>(() => store.RepriceAsync(wrong.Item2, wrong.Item1, Token))).Message.ShouldContain("another catalog");
        }

        List<long> calls = [];
        var rest = await store.RepriceAsync(Second, All with { JobId = job, Progress = new Steps(report => calls.Add(report.Calls)) }, Token);

        calls.ShouldBe([300, 400, 400]);
        Text(rest).ShouldBe(Text(whole with { JobId = job }));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(whole.Changed);
        Text(await store.RepriceAsync(Second, All with { JobId = job }, Token)).ShouldBe(Text(rest));
    }

    [Fact]
    public async Task Runs_at_once_change_each_call_once()
    {
        var store = await FilledAsync();
        var (expected, changed) = Expected(Second);
        var job = Guid.NewGuid();

        var reports = await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            Task.Run(() => store.RepriceAsync(Second, All with { BatchSize = 30 + i, JobId = i < 2 ? job : null }, Token))));

        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(changed);
        (await ScalarAsync<decimal>(Effective)).ShouldBe(expected);
        reports.Skip(1).Sum(report => report.Changed).ShouldBe(changed);
    }

    [Fact]
    public async Task Calls_of_one_id_are_told_apart_by_their_time()
    {
        var store = await FilledAsync();
        var call = _envelopes.First(envelope => envelope.Call.RequestModel == "a" && envelope.Call.CostReason == LlmCostReason.Priced && envelope.Call.AttemptCount == 1).Call;
        var midst = new DateTimeOffset(call.StartedAt.UtcTicks - (call.StartedAt.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero).AddMicroseconds(100);
        var id = LlmCallId.Create(midst);
        LlmCallEnvelope[] twins = [.. new[] { "a", "b" }.Select((model, i) =>
        {
            var twin = call with { Id = id, StartedAt = midst.AddMicroseconds(i), RequestModel = model, ToolCallCount = 0 };
            return new LlmCallEnvelope(twin with { Cost = Price(First, twin).Cost });
        })];
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, twins), Token);
        _envelopes.AddRange(twins);
        var (expected, changed) = Expected(Second);

        (await store.RepriceAsync(Second, All, Token)).Changed.ShouldBe(changed);
        (await ScalarAsync<decimal>(Effective)).ShouldBe(expected);
        (await store.RepriceAsync(Second, All, Token)).Changed.ShouldBe(0);
        var day = DateOnly.FromDateTime(All.From.UtcDateTime);
        (await store.CheckRollupsAsync(day, day.AddDays(3), Token)).ShouldBeEmpty();
        await store.RebuildRollupsAsync(day, day.AddDays(3), Token);
        (await store.CheckRollupsAsync(day, day.AddDays(3), Token)).ShouldBeEmpty();
        (await store.RepriceAsync(First, All, Token)).Changed.ShouldBe(changed);
        (await ScalarAsync<decimal>(Effective)).ShouldBe(Recorded);
    }

    [Fact]
    public async Task Only_calls_of_the_range_are_looked_at()
    {
        var store = await FilledAsync();
        var (from, to) = (All.From.AddHours(7), All.From.AddHours(31));

        var report = await store.RepriceAsync(Second, All with { From = from, To = to }, Token);

        report.Calls.ShouldBe(_envelopes.Count(envelope => envelope.Call.StartedAt >= from && envelope.Call.StartedAt < to));
        report.Calls.ShouldBeGreaterThan(50);
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.amendments WHERE call_started_at < '{from:O}' OR call_started_at >= '{to:O}'")).ShouldBe(0);
        await Should.ThrowAsync<ArgumentException>(() => store.RepriceAsync(Second, All with { To = All.From }, Token));
        await Should.ThrowAsync<ArgumentException>(() => store.RepriceAsync(Second, All with { BatchSize = 10_001 }, Token));
    }

    [Fact]
    public async Task It_has_grants_of_its_own_and_a_dry_run_needs_but_to_read()
    {
        await FilledAsync();
        string[] roles = [.. Enumerable.Range(0, 3).Select(i => $"r{i}_{Guid.NewGuid():N}")];
        foreach (var (role, grants) in roles.Zip(new Func<string, string, string>[]
        {
            PostgresSchema.GrantRepricerScript, PostgresSchema.GrantReaderScript, PostgresSchema.GrantWriterScript,
        }))
        {
            await ExecuteAsync($"CREATE ROLE {role} LOGIN");
            await ExecuteAsync(grants("llm", role));
        }

        await using var repricers = PostgresLlmStore.Create(Server.ConnectionString(DatabaseName, roles[0]));
        await using var readers = PostgresLlmStore.Create(Server.ConnectionString(DatabaseName, roles[1]));
        await using var writers = PostgresLlmStore.Create(Server.ConnectionString(DatabaseName, roles[2]));

        var dry = await readers.RepriceAsync(Second, All with { DryRun = true }, Token);
        (await Should.ThrowAsync<PostgresException>(() => readers.RepriceAsync(Second, All, Token))).SqlState.ShouldBe("42501");
        (await Should.ThrowAsync<PostgresException>(() => writers.RepriceAsync(Second, All, Token))).SqlState.ShouldBe("42501");
        (await repricers.RepriceAsync(Second, All, Token)).Changed.ShouldBe(dry.Changed);
    }

    [Fact]
    public async Task What_says_it_is_a_repricing_and_comes_as_an_envelope_is_put_aside()
    {
        var store = await FilledAsync();
        var call = _envelopes[0].Call;
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.StartedAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = call.StartedAt,
            Kind = LlmVocabulary.Repricing,
            Cost = default(LlmCost),
        };

        var result = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [new LlmAmendmentEnvelope(amendment)]), Token);

        result.Rejected.ShouldNotBeNull().ShouldHaveSingleItem().Reason.ShouldBe(LlmDropReason.Poison);
        (await ScalarAsync<string>("SELECT detail FROM llm.rejected")).ShouldBe("Its kind is 'repricing', which only a repricing of the store writes.");
        (await ScalarAsync<long>("SELECT count(*) FROM llm.amendments")).ShouldBe(0);
    }

    private static PriceCatalog Catalog(string date, int price, string extra)
    {
        string Model(string id, int factor) => $$"""{"id":"{{id}}","prices":[{"in":{{price * factor}},"cacheRead":{{factor}},"out":{{2 * factor}}}]}""";
        var models = string.Join(',', Model("a", 1), Model("b", 10), Model(extra, 5));
        return PriceCatalog.Parse(
            Encoding.UTF8.GetBytes($$"""{"schema":"llm-prices/1","sourceDate":"{{date}}","providers":[{"id":"p","models":[{{models}}]}]}"""), "test");
    }

    private static PricedCost Price(PriceCatalog catalog, LlmCall call) => new CallPricer(catalog).Price(new PriceQuery
    {
        Provider = call.Provider,
        RequestModel = call.RequestModel,
        At = call.StartedAt,
        Tokens = call.Tokens,
    });

    /// <summary>Why a call stays as it is; null for one that the catalog prices.</summary>
    private static string? Kept(LlmCallEnvelope envelope)
    {
        // The script's attempts use what they like, whatever their call used.
        if (envelope.Attempts.Any(attempt => attempt.Tokens.Source != LlmUsageSource.Missing || attempt.Cost is not null))
        {
            return "attempts_differ";
        }

        return envelope.Call switch
        {
            { CostReason: not (LlmCostReason.Priced or LlmCostReason.UnknownModel) and var reason } => reason.ToName(),
            { AttemptCount: > 1 } when envelope.Attempts.Count == 0 => "attempts_missing",
            _ => null,
        };
    }

    // Its collections have no equality.
    private static string Text(PostgresRepricingReport report) =>
        $"{report with { Kept = new Dictionary<string, long>(), Models = [] }} {string.Join(',', report.Kept)} {string.Join(',', report.Models)}"
            .Replace(report.Kept.GetType().ToString(), "", StringComparison.Ordinal);

    private (decimal AfterNanos, long Changed) Expected(PriceCatalog catalog)
    {
        var (after, changed) = (0m, 0L);
        foreach (var envelope in _envelopes)
        {
            var cost = Kept(envelope) is null ? Price(catalog, envelope.Call).Cost : envelope.Call.Cost;
            after += cost?.TotalNanos ?? 0;
            changed += cost == envelope.Call.Cost ? 0 : 1;
        }

        changed.ShouldBeGreaterThan(100);
        return (after, changed);
    }

    /// <summary>Calls of three days, priced by the first catalog where a catalog decides.</summary>
    private async Task<PostgresLlmStore> FilledAsync()
    {
        string[] models = ["a", "b", "d", "e"];
        _envelopes = [.. ScriptedCalls.Create(400, seed: 3).Select((envelope, i) =>
        {
            var call = envelope.Call with
            {
                Provider = "p", ServerAddress = null, ServerPort = null, RequestModel = models[i % 4], ResponseModel = null, PriceEntry = null, CatalogDate = null,
                ServiceTier = null, Geo = null, Speed = null, WebSearchCount = 0,
            };
            if (call.CostReason is LlmCostReason.Priced or LlmCostReason.UnknownModel or LlmCostReason.OutOfRange)
            {
                var priced = Price(First, call);
                call = call with { Cost = priced.Cost, CostReason = priced.Reason, PriceEntry = priced.PriceEntry, CatalogDate = priced.CatalogDate };
            }

            return new LlmCallEnvelope(call) { Attempts = i % 2 == 0 ? [] : envelope.Attempts, ToolCalls = envelope.ToolCalls };
        })];
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, _envelopes), Token);
        return store;
    }

    private sealed class Steps(Action<PostgresRepricingReport> told) : IProgress<PostgresRepricingReport>
    {
        public void Report(PostgresRepricingReport value) => told(value);
    }
}

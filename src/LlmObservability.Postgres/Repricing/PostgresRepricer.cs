using System.Data;
using LlmObservability.Pricing;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Prices stored calls by another catalog, batch by batch. A batch is one transaction under the schema's lock for
/// repricing: amendments, corrections of sums, and how far the run came, or nothing of it. Any number of runs may go at once.
/// </summary>
internal sealed class PostgresRepricer(
    NpgsqlDataSource dataSource, PostgresNames names, int commandTimeout, PostgresBound bound, TimeProvider timeProvider, IRepricedDeltas deltas)
{
    // Each time a partition went between reading its calls and writing about them.
    private const int MostAttempts = 3;

    public async Task<PostgresRepricingReport> RunAsync(PriceCatalog catalog, PostgresRepricingRequest request, CancellationToken cancellationToken)
    {
        request.Validate();
        var job = new RepricingJob(names, request, catalog.Date, LlmCallId.Create(timeProvider.GetUtcNow()));
        var repricer = new CallRepricer(new CallPricer(catalog));
        while (true)
        {
            await bound.RunAsync(token => BatchAgainAsync(job, repricer, request, token), cancellationToken).ConfigureAwait(false);
            var report = job.ToReport();
            request.Progress?.Report(report);
            if (job.Finished)
            {
                return report;
            }
        }
    }

    private async Task BatchAgainAsync(RepricingJob job, CallRepricer repricer, PostgresRepricingRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await BatchAsync(job, repricer, request, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException exception) when (attempt < MostAttempts && PostgresErrors.IsMissingPartition(exception))
            {
                // The next reads again what there is.
            }
        }
    }

    private async Task BatchAsync(RepricingJob job, CallRepricer repricer, PostgresRepricingRequest request, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        // What was committed while it waited for the lock must be seen.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        await BeginAsync(connection, request.DryRun, cancellationToken).ConfigureAwait(false);
        await job.ReadAsync(connection, commandTimeout, cancellationToken).ConfigureAwait(false);
        if (job.Finished)
        {
            return;
        }

        var rows = new RepricingRows(connection, names, commandTimeout);
        var calls = await rows.CallsAsync(request, job.Cursor, cancellationToken).ConfigureAwait(false);
        if (calls.Count > 0)
        {
            await PriceAsync(rows, calls, connection, job.Totals, repricer, request.DryRun, cancellationToken).ConfigureAwait(false);
        }

        job.Advance(calls.LastOrDefault(), finished: calls.Count < request.BatchSize);
        await job.SaveAsync(connection, commandTimeout, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task PriceAsync(
        RepricingRows rows,
        List<LlmCall> calls,
        NpgsqlConnection connection,
        RepricingTotals totals,
        CallRepricer repricer,
        bool dryRun,
        CancellationToken cancellationToken)
    {
        var attempts = await rows.AttemptsAsync(calls, cancellationToken).ConfigureAwait(false);
        var repricings = await rows.RepricingsAsync(calls, cancellationToken).ConfigureAwait(false);
        List<RepricedCall> changed = [];
        List<LlmAmendment> amendments = [];
        foreach (var call in calls)
        {
            var newest = repricings.GetValueOrDefault((call.Id, call.StartedAt));
            var before = newest is null ? call.Cost : newest.Cost;
            var (priced, kept) = repricer.Price(call, [.. attempts[(call.Id, call.StartedAt)]]);
            if (kept is not null)
            {
                totals.Keep(call, before, kept);
                continue;
            }

            totals.Count(call, before, priced.Cost);
            if (before != priced.Cost)
            {
                changed.Add(new RepricedCall(call, before, priced));
                amendments.Add(Amendment(call, priced, newest));
            }
        }

        if (!dryRun && changed.Count > 0)
        {
            await rows.InsertAsync(amendments, cancellationToken).ConfigureAwait(false);
            await deltas.AddAsync(connection, changed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Newer than the one before, whatever the clocks say: the newest is the one that counts.</summary>
    private LlmAmendment Amendment(LlmCall call, PricedCost priced, LlmAmendment? newest)
    {
        var now = LlmCallId.ToMicroseconds(timeProvider.GetUtcNow());
        var createdAt = newest is not null && newest.CreatedAt >= now ? newest.CreatedAt.AddMicroseconds(1) : now;
        return new LlmAmendment
        {
            Id = LlmCallId.Create(createdAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = createdAt,
            Kind = LlmVocabulary.Repricing,
            Cost = priced.Cost,
            CostReason = priced.Reason,
            PriceEntry = priced.PriceEntry,
            CatalogDate = priced.CatalogDate,
        };
    }

    /// <summary>Bounds the transaction, and takes the lock that no other repricing of the schema has.</summary>
    private async Task BeginAsync(NpgsqlConnection connection, bool dryRun, CancellationToken cancellationToken)
    {
        var commands = new NpgsqlBatch(connection) { Timeout = commandTimeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(PostgresClaim.Bound(commandTimeout));
        commands.BatchCommands.Add(dryRun
            ? new NpgsqlBatchCommand(PostgresLlmTracing.Own("SET TRANSACTION READ ONLY"))
            : new NpgsqlBatchCommand(PostgresLlmTracing.Own("SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.repricing.' || $1, 0))"))
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = names.Schema } },
            });
        await commands.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}

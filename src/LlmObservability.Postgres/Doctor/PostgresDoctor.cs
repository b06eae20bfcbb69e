using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Looks at all that the store needs, one thing after the other, and says what it saw. Changes nothing, and never throws for
/// what it finds; each look is bounded. Thread-safe.
/// </summary>
/// <param name="dataSource">Where connections come from.</param>
/// <param name="names">The schema.</param>
/// <param name="commandTimeout">The bound on one statement, in seconds.</param>
/// <param name="bound">The bound on one look, by the clock.</param>
/// <param name="timeProvider">The application's clock.</param>
/// <param name="upkeep">What the store itself knows of its work in the background.</param>
internal sealed class PostgresDoctor(
    NpgsqlDataSource dataSource,
    PostgresNames names,
    int commandTimeout,
    PostgresBound bound,
    TimeProvider timeProvider,
    Func<IEnumerable<PostgresFinding>> upkeep)
{
    private delegate Task<PostgresFinding?> Look(DoctorSession session, CancellationToken cancellationToken);

    public async Task<IReadOnlyList<PostgresFinding>> RunAsync(CancellationToken cancellationToken)
    {
        List<PostgresFinding> findings = [];
        await AddAsync(findings, "connection", DoctorChecks.ConnectionAsync, cancellationToken).ConfigureAwait(false);
        if (findings[0].Level == PostgresFindingLevel.Failed)
        {
            return [.. findings, .. upkeep()];
        }

        await AddAsync(findings, "clocks", ClocksAsync, cancellationToken).ConfigureAwait(false);
        await GuardAsync(findings, "migrations", MigrationsAsync, cancellationToken).ConfigureAwait(false);
        if (findings[^1].Level == PostgresFindingLevel.Failed)
        {
            // Without the schema there is nothing more to see.
            return [.. findings, .. upkeep()];
        }

        await AddAsync(findings, "rights", DoctorChecks.RightsAsync, cancellationToken).ConfigureAwait(false);
        await AddAsync(findings, "partitions", DoctorChecks.PartitionsAsync, cancellationToken).ConfigureAwait(false);
        await AddAsync(findings, "default partitions", DoctorChecks.DefaultPartitionsAsync, cancellationToken).ConfigureAwait(false);
        await AddAsync(findings, "rollups", DoctorStores.RollupsAsync, cancellationToken).ConfigureAwait(false);
        await AddAsync(findings, "ledger", DoctorStores.LedgerAsync, cancellationToken).ConfigureAwait(false);
        await AddAsync(findings, "rejected", DoctorStores.RejectedAsync, cancellationToken).ConfigureAwait(false);
        return [.. findings, .. upkeep()];
    }

    private Task AddAsync(List<PostgresFinding> findings, string name, Look look, CancellationToken cancellationToken) => GuardAsync(
        findings,
        name,
        token => DoctorSession.RunAsync(dataSource, names, commandTimeout, (session, inner) => look(session, inner), token),
        cancellationToken);

    private async Task GuardAsync(
        List<PostgresFinding> findings, string name, Func<CancellationToken, Task<PostgresFinding?>> look, CancellationToken cancellationToken)
    {
        try
        {
            if (await bound.RunAsync(look, cancellationToken).ConfigureAwait(false) is { } found)
            {
                findings.Add(found);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // In one line, and without what a connection string holds.
            findings.Add(new PostgresFinding(
                name, PostgresFindingLevel.Failed, PostgresErrors.ToSinkException(exception, names).Message, "Put that right, and look again."));
        }
    }

    private async Task<PostgresFinding?> MigrationsAsync(CancellationToken cancellationToken)
    {
        // Throws what the store itself would say.
        await new PostgresMigrator(dataSource, names, commandTimeout, commandTimeout).RunAsync(SchemaMode.Check, cancellationToken).ConfigureAwait(false);
        return new PostgresFinding("migrations", PostgresFindingLevel.Ok, $"version {PostgresSchema.Version} of schema {names.QuotedSchema}");
    }

    private async Task<PostgresFinding?> ClocksAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var before = timeProvider.GetUtcNow();
        var row = await session.RowAsync("SELECT extract(epoch FROM clock_timestamp())::double precision", cancellationToken).ConfigureAwait(false);
        var after = timeProvider.GetUtcNow();
        return DoctorChecks.Clocks(before, after, row[0]!);
    }
}

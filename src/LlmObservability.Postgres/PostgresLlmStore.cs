using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Keeps calls in PostgreSQL (14 or later) and answers the read contract over them. Reading is safe for parallel use;
/// writing is for one worker at a time, as <see cref="ILlmSink"/> says.
/// </summary>
public sealed class PostgresLlmStore : ILlmSink, ILlmStore, ILlmStoreStatus, IAsyncDisposable, IDisposable
{
    private readonly PostgresConnections _connections;
    private readonly PostgresUpkeep _upkeep;
    private readonly PostgresSink _sink;
    private readonly PostgresReader _reader;
    private readonly PostgresRollups _rollups;
    private readonly PostgresRepricer _repricer;
    private readonly PostgresDoctor _doctor;

    /// <summary>
    /// Creates a store over a data source that stays its owner's, and so do its traces:
    /// <see cref="PostgresLlmTracing.LeaveOutLlmObservability"/> keeps the store's statements out of them.
    /// </summary>
    /// <param name="dataSource">Where connections come from; not disposed here.</param>
    /// <param name="options">Options, copied; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="loggerFactory">Loggers, for what the store does behind its writing; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public PostgresLlmStore(
        NpgsqlDataSource dataSource, PostgresLlmOptions? options = null, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
        : this(PostgresConnections.Of(dataSource ?? throw new ArgumentNullException(nameof(dataSource))), Checked(options), timeProvider, loggerFactory)
    {
    }

    private PostgresLlmStore(
        PostgresConnections connections, PostgresLlmOptions options, TimeProvider? timeProvider, ILoggerFactory? loggerFactory)
    {
        _connections = connections;
        var (dataSource, copy) = (connections.Writing, options);
        var names = new PostgresNames(copy.Schema);
        var time = timeProvider ?? TimeProvider.System;
        var partitions = new PostgresPartitions(dataSource, names, copy);
        var values = new RollupValues(copy.RollupTags, copy.MaxRollupValues);
        var deltas = new RollupDeltas(names, values);
        var logger = new GuardedLogger((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability"));
        _rollups = new PostgresRollups(dataSource, names, deltas, partitions, copy, time);
        _upkeep = new PostgresUpkeep(
            [
                new PostgresAhead(partitions, copy, time).Step,
                _rollups.Step,
                new PostgresRetention(dataSource, names, copy, time, logger).Step,
                new PostgresPruning(dataSource, names, copy, time).Step,
            ],
            names, time, logger);
        _sink = new PostgresSink(
            dataSource, names, deltas, new RollupNotedTags(dataSource, names, values, copy, time), copy, partitions, time, connections.Own(dataSource));
        var bound = new PostgresBound(time, copy.OperationLimit, connections.Own(connections.Reading), cancelledIsSilent: false);
        _reader = new PostgresReader(new PostgresSession(connections.Reading, copy.CommandTimeoutSeconds, bound), names, copy, time);
        _repricer = new PostgresRepricer(dataSource, names, copy.CommandTimeoutSeconds, bound, time, new RollupRepricedDeltas(names, copy));
        _doctor = new PostgresDoctor(dataSource, names, copy.CommandTimeoutSeconds, bound, time, () => UpkeepFindings.Of(_upkeep.States));
    }

    /// <inheritdoc />
    public string Name => "postgres";

    /// <summary>How each step of the store's upkeep stands.</summary>
    internal IReadOnlyList<UpkeepState> Upkeep => _upkeep.States;

    /// <summary>Creates a store with a data source of its own, disposed with it, of which the driver traces and logs nothing. Nothing is connected yet.</summary>
    /// <param name="connectionString">Npgsql's connection string. <c>Max Auto Prepare</c> in it is left out of account, so that a pooler may stand in between.</param>
    /// <param name="options">Options, copied; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="loggerFactory">Loggers, for what the store does behind its writing; null for none.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read, or an option is out of its range.</exception>
    public static PostgresLlmStore Create(
        string connectionString,
        PostgresLlmOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null)
    {
        var copy = Checked(options);
        return new PostgresLlmStore(PostgresConnections.Open(connectionString, copy), copy, timeProvider, loggerFactory);
    }

    /// <inheritdoc />
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => _sink.PrepareAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var result = await _sink.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        // From the first write on: a store that only reads keeps nothing up.
        _upkeep.Begin();
        return result;
    }

    /// <inheritdoc />
    public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken) => _reader.GetAsync(id, cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _reader.ListAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _reader.AggregateAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _reader.DistinctAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _reader.ToolsAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _reader.ExportAsync(filter, cancellationToken);
    }

    /// <inheritdoc />
    /// <remarks>
    /// From the server's catalog: rows are its estimate of the last VACUUM or ANALYZE. What the role may not read, calls or sums that wait, is left out.
    /// Bounded as every question by <see cref="PostgresLlmOptions.CommandTimeout"/>.
    /// </remarks>
    public ValueTask<LlmStoreStatus> GetStatusAsync(CancellationToken cancellationToken) => _reader.StatusAsync(cancellationToken);

    /// <summary>
    /// Prices stored calls anew, by this catalog. A call's row stays as it was recorded; where its cost differs, an amendment of
    /// kind <see cref="LlmVocabulary.Repricing"/> says the new one and what priced it, and sums count the newest. A second run by
    /// the same catalog changes nothing. Costs that providers reported, answers from a cache, and what has no usage stay.
    /// </summary>
    /// <remarks>
    /// In batches, each a transaction that is bounded by <see cref="PostgresLlmOptions.CommandTimeout"/> and done wholly or not at
    /// all; cancelled or cut off, the run goes on by its <see cref="PostgresRepricingRequest.JobId"/>. Needs the rights of
    /// <see cref="PostgresSchema.GrantRepricerScript"/>. Safe for parallel use, from any number of processes.
    /// </remarks>
    /// <param name="catalog">The prices: those in force are <see cref="PriceCatalog.Load"/>'s.</param>
    /// <param name="request">Which calls, and how.</param>
    /// <param name="cancellationToken">Ends the run; batches that are done stay done.</param>
    /// <exception cref="ArgumentException">The request is wrong, or its run began with other times or another catalog.</exception>
    public Task<PostgresRepricingReport> RepriceAsync(PriceCatalog catalog, PostgresRepricingRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(request);
        return _repricer.RunAsync(catalog, request, cancellationToken);
    }

    /// <summary>
    /// Folds what the rollups have waiting into their minutes, hours and days, as the store does by itself every few seconds; whoever
    /// reads adds both, so that nothing looks different after it. Waits for another instance that is at it.
    /// </summary>
    /// <param name="cancellationToken">Ends it between two steps; what is done stays done.</param>
    /// <exception cref="NpgsqlException">The server does not answer, or refuses.</exception>
    public Task FoldRollupsAsync(CancellationToken cancellationToken) => _rollups.FoldAsync(waits: true, cancellationToken);

    /// <summary>
    /// Looks at the connection, the clocks, the migrations, the role's rights, the partitions, and what should stay small, and
    /// says of each what it saw and what to do. Changes nothing; what is wrong is a finding and no exception.
    /// </summary>
    /// <remarks>Each look is given up after twice <see cref="PostgresLlmOptions.CommandTimeout"/>; where the server does not answer there is but one.</remarks>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<IReadOnlyList<PostgresFinding>> DiagnoseAsync(CancellationToken cancellationToken) => _doctor.RunAsync(cancellationToken);

    /// <summary>
    /// Makes the rollups of UTC days anew from their calls, a day in a transaction, while the application goes on writing. For days
    /// whose calls were changed by hand, or written by something else. Needs the rights of the schema's owner. Days that
    /// <see cref="PostgresLlmOptions.Retention"/> reaches are refused: their calls may be gone, and the rollups are all there is.
    /// </summary>
    /// <param name="first">The first day.</param>
    /// <param name="last">The last day; not before the first, and at most 366 days after it.</param>
    /// <param name="cancellationToken">Ends it; the days that are done stay done, and doing them again changes nothing.</param>
    /// <returns>How many calls the days have.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The days are out of order, too many, or too old.</exception>
    /// <exception cref="TimeoutException">Another instance rebuilds, or a day takes longer than ten times <see cref="PostgresLlmOptions.CommandTimeout"/>.</exception>
    /// <exception cref="NpgsqlException">The server does not answer, or refuses.</exception>
    public Task<long> RebuildRollupsAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken) =>
        _rollups.RebuildAsync(first, last, cancellationToken);

    /// <summary>Compares the rollups of UTC days with their calls. Reads all calls of the days.</summary>
    /// <param name="first">The first day.</param>
    /// <param name="last">The last day; not before the first, and at most 366 days after it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What differs, a sentence each; nothing when all sums are right.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The days are out of order, too many, or too old.</exception>
    /// <exception cref="TimeoutException">A day takes longer than ten times <see cref="PostgresLlmOptions.CommandTimeout"/>.</exception>
    /// <exception cref="NpgsqlException">The server does not answer, or refuses.</exception>
    public Task<IReadOnlyList<string>> CheckRollupsAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken) =>
        _rollups.CheckAsync(first, last, cancellationToken);

    /// <summary>Ends what the store does behind its writing, for which it waits two seconds at most, and closes connections of its own. Harmless when repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting, for a container that is disposed synchronously.</summary>
    public void Dispose()
    {
        _upkeep.Dispose();
        _connections.Dispose();
    }

    private static PostgresLlmOptions Checked(PostgresLlmOptions? options)
    {
        var copy = (options ?? new PostgresLlmOptions()).Copy();
        copy.Validate();
        return copy;
    }
}

using LlmObservability.Pricing;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Keeps calls in PostgreSQL (14 or later) and answers the read contract over them. Reading is safe for parallel use;
/// writing is for one worker at a time, as <see cref="ILlmSink"/> says.
/// </summary>
public sealed class PostgresLlmStore : ILlmSink, ILlmStore, IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource? _owned;
    private readonly PostgresSink _sink;
    private readonly PostgresReader _reader;
    private readonly PostgresRepricer _repricer;
    private readonly PostgresDoctor _doctor;

    /// <summary>
    /// Creates a store over a data source that stays its owner's, and so do its traces:
    /// <see cref="PostgresLlmTracing.LeaveOutLlmObservability"/> keeps the store's statements out of them.
    /// </summary>
    /// <param name="dataSource">Where connections come from; not disposed here.</param>
    /// <param name="options">Options, copied; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public PostgresLlmStore(NpgsqlDataSource dataSource, PostgresLlmOptions? options = null, TimeProvider? timeProvider = null)
        : this(dataSource, options, timeProvider, owned: false)
    {
    }

    private PostgresLlmStore(NpgsqlDataSource dataSource, PostgresLlmOptions? options, TimeProvider? timeProvider, bool owned)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        var copy = (options ?? new PostgresLlmOptions()).Copy();
        copy.Validate();
        _owned = owned ? dataSource : null;
        var names = new PostgresNames(copy.Schema);
        var time = timeProvider ?? TimeProvider.System;
        _sink = new PostgresSink(dataSource, names, copy, time, owned);
        var bound = new PostgresBound(time, copy.OperationLimit, _owned, cancelledIsSilent: false);
        _reader = new PostgresReader(dataSource, names, copy.CommandTimeoutSeconds, bound);
        _repricer = new PostgresRepricer(dataSource, names, copy.CommandTimeoutSeconds, bound, time, new NoRepricedDeltas());
        _doctor = new PostgresDoctor(dataSource, names, copy.CommandTimeoutSeconds, bound, time, static () => []);
    }

    /// <inheritdoc />
    public string Name => "postgres";

    /// <summary>Creates a store with a data source of its own, disposed with it, of which the driver traces and logs nothing. Nothing is connected yet.</summary>
    /// <param name="connectionString">Npgsql's connection string.</param>
    /// <param name="options">Options, copied; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read, or an option is out of its range.</exception>
    public static PostgresLlmStore Create(
        string connectionString,
        PostgresLlmOptions? options = null,
        TimeProvider? timeProvider = null)
    {
        (options ?? new PostgresLlmOptions()).Validate();
        return new PostgresLlmStore(BuildDataSource(connectionString), options, timeProvider, owned: true);
    }

    /// <inheritdoc />
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => _sink.PrepareAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _sink.WriteAsync(batch, cancellationToken);
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
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) =>
        _reader.ExportAsync(filter, cancellationToken);

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
    /// Looks at the connection, the clocks, the migrations, the role's rights, the partitions, and what should stay small, and
    /// says of each what it saw and what to do. Changes nothing; what is wrong is a finding and no exception.
    /// </summary>
    /// <remarks>Each look is given up after twice <see cref="PostgresLlmOptions.CommandTimeout"/>; where the server does not answer there is but one.</remarks>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<IReadOnlyList<PostgresFinding>> DiagnoseAsync(CancellationToken cancellationToken) => _doctor.RunAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>As <see cref="DisposeAsync"/>, for a container that is disposed synchronously.</summary>
    public void Dispose() => _owned?.Dispose();

    private static NpgsqlDataSource BuildDataSource(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new ArgumentException("The PostgreSQL connection string is empty.", nameof(connectionString));
        }

        try
        {
            var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
            builder.EnableTransportSecurity();
            builder.EnableIntegratedSecurity();
            // No logger: the driver tells of every statement, and the pipeline tells what an operator needs to know.
            // The store leaves nothing in a session, so there is nothing to reset before a connection's next use. Where the
            // driver prepares statements by itself, a pooler in between may need the reset.
            builder.ConnectionStringBuilder.NoResetOnClose |= builder.ConnectionStringBuilder.MaxAutoPrepare == 0;
            builder.ConfigureTracing(PostgresLlmTracing.TraceNothing);
            return builder.Build();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or InvalidCastException)
        {
            // Neither the text nor the parser's exception is passed on: both may hold the password.
            throw new ArgumentException(
                "The PostgreSQL connection string cannot be read: it wants a form like 'Host=…;Database=…;Username=…;Password=…'.",
                nameof(connectionString));
        }
    }
}

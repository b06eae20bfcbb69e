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
public sealed class PostgresLlmStore : ILlmSink, ILlmStore, IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource? _owned;
    private readonly PostgresUpkeep _upkeep;
    private readonly PostgresSink _sink;
    private readonly PostgresReader _reader;

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
        : this(dataSource, options, timeProvider, loggerFactory, owned: false)
    {
    }

    private PostgresLlmStore(
        NpgsqlDataSource dataSource, PostgresLlmOptions? options, TimeProvider? timeProvider, ILoggerFactory? loggerFactory, bool owned)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        var copy = (options ?? new PostgresLlmOptions()).Copy();
        copy.Validate();
        _owned = owned ? dataSource : null;
        var names = new PostgresNames(copy.Schema);
        var time = timeProvider ?? TimeProvider.System;
        var partitions = new PostgresPartitions(dataSource, names, copy);
        var logger = new GuardedLogger((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability"));
        _upkeep = new PostgresUpkeep(
            [
                new PostgresAhead(partitions, copy, time).Step,
                new PostgresRetention(dataSource, names, copy, time, logger).Step,
                new PostgresPruning(dataSource, names, copy, time).Step,
            ],
            names, time, logger);
        _sink = new PostgresSink(dataSource, names, copy, partitions, time, owned);
        _reader = new PostgresReader(
            dataSource, names, copy.CommandTimeoutSeconds, new PostgresBound(time, copy.OperationLimit, _owned, cancelledIsSilent: false));
    }

    /// <inheritdoc />
    public string Name => "postgres";

    /// <summary>How each step of the store's upkeep stands.</summary>
    internal IReadOnlyList<UpkeepState> Upkeep => _upkeep.States;

    /// <summary>Creates a store with a data source of its own, disposed with it, of which the driver traces and logs nothing. Nothing is connected yet.</summary>
    /// <param name="connectionString">Npgsql's connection string.</param>
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
        (options ?? new PostgresLlmOptions()).Validate();
        return new PostgresLlmStore(BuildDataSource(connectionString), options, timeProvider, loggerFactory, owned: true);
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
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) =>
        _reader.ExportAsync(filter, cancellationToken);

    /// <summary>Ends what the store does behind its writing, for which it waits two seconds at most, and closes connections of its own. Harmless when repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        if (_owned is not null)
        {
            await _owned.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting, for a container that is disposed synchronously.</summary>
    public void Dispose()
    {
        _upkeep.Dispose();
        _owned?.Dispose();
    }

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

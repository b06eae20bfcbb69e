using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability.Files;

/// <summary>
/// Keeps calls in a directory of this machine, and answers the read contract over the newest of them from memory. Reading and
/// exporting are safe beside each other and beside writing; writing is for one worker at a time, as <see cref="ILlmSink"/> says.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>What was written is on disk: it survives a crash and a loss of power. A call is shown to readers once it is.</item>
/// <item>An envelope is written once by its (writer, number), after a restart too, as long as it is on disk.</item>
/// <item>Reads see the newest <see cref="FileLlmStoreOptions.MaxCalls"/> calls with all that belongs to them, none before the store is
/// prepared. An amendment or a tool call for a call that is not among them is rejected as <see cref="LlmDropReason.OutsideWindow"/>,
/// and so is whatever belongs to a call that began more than <see cref="FileLlmStoreOptions.MaxAge"/> ago. A call whose id does not carry its start
/// (<see cref="LlmCallId.Matches"/>), and an envelope of more than 16 MiB or a quarter of <see cref="FileLlmStoreOptions.MaxBytes"/>, is rejected as
/// <see cref="LlmDropReason.Poison"/>.</item>
/// <item>Bounds are applied when something is written.</item>
/// <item>One process at a time. While another has the directory, <see cref="PrepareAsync"/> fails, and takes over once that has ended.</item>
/// </list>
/// </remarks>
public sealed class FileLlmStore : ILlmSink, ILlmStore, ILlmStoreStatus, ILocalSink, IAsyncDisposable, IDisposable
{
    // What reads see before the store is prepared.
    private readonly InMemoryLlmStore _nothing = new(new InMemoryLlmStoreOptions { MaxCalls = 1 });
    private readonly LogSession _session;

    /// <summary>Creates a store. Nothing is opened yet.</summary>
    /// <param name="options">Options, copied. <see cref="FileLlmStoreOptions.Directory"/> must be set; a relative path counts from the working directory.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="loggerFactory">Loggers; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of its range; says what to change.</exception>
    public FileLlmStore(FileLlmStoreOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
        : this(null, options, timeProvider, loggerFactory)
    {
    }

    internal FileLlmStore(ISegmentFiles? files, FileLlmStoreOptions options, TimeProvider? timeProvider, ILoggerFactory? loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Copy();
        options.Validate();
        files ??= new DiskSegmentFiles(options.Directory);
        timeProvider ??= TimeProvider.System;
        var news = new LogNews(new GuardedLogger((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability")), files.Location);
        _session = new LogSession(new EnvelopeLog(files, options, timeProvider, news), timeProvider, news);
    }

    /// <summary>Always <c>file</c>.</summary>
    public string Name => "file";

    private InMemoryLlmStore Window => _session.Window ?? _nothing;

    /// <summary>
    /// Opens the directory, makes it if need be, and reads the newest calls. Cancelling ends the wait; the opening goes on, and the
    /// next call waits for it.
    /// </summary>
    /// <exception cref="LlmSinkException">Somebody else has the directory, or the disk refuses.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => new(_session.OpenAsync(cancellationToken));

    /// <summary>
    /// Writes a batch, and returns once it is on disk. Cancelling ends the wait; what is under way ends by itself, and is recognised when
    /// the batch comes again.
    /// </summary>
    /// <exception cref="LlmSinkException">The disk refuses.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new ValueTask<LlmWriteResult>(_session.WriteAsync(batch, cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken) => Window.GetAsync(id, cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken) => Window.ListAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken) =>
        Window.AggregateAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken) =>
        Window.DistinctAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken) =>
        Window.ToolsAsync(request, cancellationToken);

    /// <inheritdoc />
    /// <remarks>Of the calls in memory, as every read; <see cref="ExportJsonLinesAsync"/> gives all that are on disk.</remarks>
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) => Window.ExportAsync(filter, cancellationToken);

    /// <inheritdoc />
    /// <remarks>Sizes are those on disk; the calls, and the times of the oldest and newest, are those in memory. Nothing before the store is prepared.</remarks>
    public async ValueTask<LlmStoreStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var window = await Window.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        return _session.Usage is { } usage ? window with
        {
            Store = "files",
            SchemaVersion = SegmentFormat.Version,
            SizeBytes = usage.Bytes + usage.QuarantinedBytes,
            Tables =
            [
                .. window.Tables,
                new LlmStoreTable { Name = "segments", Partitions = usage.Segments, SizeBytes = usage.Bytes, Rows = usage.Records, From = usage.Oldest },
                .. usage.Quarantined == 0
                    ? Array.Empty<LlmStoreTable>()
                    : [new LlmStoreTable { Name = "quarantine", Partitions = usage.Quarantined, SizeBytes = usage.QuarantinedBytes }],
            ],
        } : new LlmStoreStatus { Store = "files" };
    }

    /// <summary>
    /// Writes every envelope that is on disk, calls, tool calls and amendments in the order in which they were written, as JSON Lines: each
    /// in its serialised form (docs/envelope.md) with a line feed, in UTF-8. In constant memory; what is written to the store meanwhile is not
    /// among them. At most four at once; others wait.
    /// </summary>
    /// <param name="output">Takes the lines; flushed at the end, and stays open.</param>
    /// <param name="from">Only what belongs to calls that began at or after this time; null for no bound.</param>
    /// <param name="to">Only what belongs to calls that began before this time; null for no bound.</param>
    /// <param name="cancellationToken">Ends the export within a line's reach.</param>
    /// <returns>How many lines were written.</returns>
    /// <exception cref="LlmSinkException">The store could not be opened, as by <see cref="PrepareAsync"/>.</exception>
    /// <exception cref="IOException">The disk does not give back a part.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public Task<long> ExportJsonLinesAsync(
        Stream output, DateTimeOffset? from = null, DateTimeOffset? to = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return _session.ExportAsync(output, from, to, cancellationToken);
    }

    /// <summary>
    /// Closes the log once writes and exports that are under way have ended; waits for that up to five seconds. Reads are answered from memory
    /// still. Harmless when repeated.
    /// </summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, without waiting: the directory is free at once, unless something is under way.</summary>
    public void Dispose() => _session.Dispose();
}

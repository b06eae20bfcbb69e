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
public sealed class FileLlmStore : ILlmSink, ILlmStore, ILocalSink, IAsyncDisposable, IDisposable
{
    private const int MostExports = 4;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly string _location;
    private readonly TimeProvider _time;
    private readonly LogNews _news;
    private readonly EnvelopeLog _log;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _exports = new(MostExports, MostExports);
    private readonly CancellationTokenSource _stopping = new();

    // What reads see before the store is prepared.
    private readonly InMemoryLlmStore _nothing = new(new InMemoryLlmStoreOptions { MaxCalls = 1 });
    private Task? _opening;
    private Task? _closing;

    /// <summary>Creates a store. Nothing is opened yet.</summary>
    /// <param name="options">Options, copied. <see cref="FileLlmStoreOptions.Directory"/> must be set; a relative path counts from the process' working directory.</param>
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
        _location = files.Location;
        _time = timeProvider ?? TimeProvider.System;
        _news = new LogNews(new GuardedLogger((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability")), _location);
        _log = new EnvelopeLog(files, options, _time, _news);
    }

    /// <summary>Always <c>file</c>.</summary>
    public string Name => "file";

    private InMemoryLlmStore Window => _log.Window ?? _nothing;

    /// <summary>
    /// Opens the directory, makes it if need be, and reads the newest calls. Cancelling ends the wait; the opening goes on, and the
    /// next call waits for it.
    /// </summary>
    /// <exception cref="LlmSinkException">Somebody else has the directory, or the disk refuses.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Opening().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes a batch, and returns once it is on disk. Cancelling ends the wait; what is under way ends by itself, and is recognised when
    /// the batch comes again.
    /// </summary>
    /// <exception cref="LlmSinkException">The disk refuses.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await LeftAlone(Task.Run(() => WriteInTurnAsync(batch, cancellationToken), CancellationToken.None))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
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
    /// <remarks>Of the calls in memory, as every read; <see cref="ExportJsonLinesAsync"/> gives all that are on disk.</remarks>
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) => Window.ExportAsync(filter, cancellationToken);

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
    public async Task<long> ExportJsonLinesAsync(
        Stream output, DateTimeOffset? from = null, DateTimeOffset? to = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        await _exports.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            using var export = _log.OpenExport(from, to);
            return await export.RunAsync(output, ThrowIfClosed, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _news.Tell();
            _exports.Release();
        }
    }

    /// <summary>
    /// Closes the log once writes and exports that are under way have ended; waits for that up to five seconds. Reads are answered from memory
    /// still. Harmless when repeated.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Closing().WaitAsync(CloseTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The directory is let go when the disk answers, or the process ends.
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting: the directory is free at once, unless something is under way.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closing is null && TryCloseNow())
            {
                _closing = Task.CompletedTask;
            }
        }

        _ = Closing();
    }

    // Nobody may be waiting when it fails.
    private static Task<T> LeftAlone<T>(Task<T> task)
    {
        _ = task.ContinueWith(
            static failed => _ = failed.Exception,
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    private Task Opening()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, this);
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _opening = LeftAlone(Task.Run(Open));
            }

            return _opening;
        }
    }

    private bool Open()
    {
        try
        {
            _log.Open(_stopping.Token);
            return true;
        }
        catch (Exception error) when (FileErrors.IsOfDisk(error))
        {
            throw FileErrors.ToSinkException(error, _location);
        }
        finally
        {
            _news.Tell();
        }
    }

    private async Task<LlmWriteResult> WriteInTurnAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfClosed();
            return await _log.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (FileErrors.IsOfDisk(error))
        {
            throw FileErrors.ToSinkException(error, _location);
        }
        finally
        {
            _news.Tell();
            _turn.Release();
        }
    }

    private void ThrowIfClosed()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, this);
        }
    }

    private Task Closing()
    {
        lock (_gate)
        {
            return _closing ??= LeftAlone(Task.Run(CloseAsync));
        }
    }

    private async Task<bool> CloseAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_opening is { } opening)
        {
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        for (var i = 0; i < MostExports; i++)
        {
            await _exports.WaitAsync().ConfigureAwait(false);
        }

        await _log.CloseAsync().ConfigureAwait(false);
        _news.Tell();
        Release(MostExports);
        return true;
    }

    /// <summary>Closes the log if nothing is under way.</summary>
    private bool TryCloseNow()
    {
        if (_opening is { IsCompleted: false } || !_turn.Wait(0))
        {
            return false;
        }

        var exports = 0;
        while (exports < MostExports && _exports.Wait(0))
        {
            exports++;
        }

        var closed = exports == MostExports && _log.TryAbandon();
        Release(exports);
        return closed;
    }

    // Who waits finds out that the store is closed.
    private void Release(int exports)
    {
        _turn.Release();
        if (exports > 0)
        {
            _exports.Release(exports);
        }
    }
}

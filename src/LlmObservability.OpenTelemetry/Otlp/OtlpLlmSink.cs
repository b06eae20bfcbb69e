using LlmObservability.OpenTelemetry.Otlp;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability.OpenTelemetry;

/// <summary>
/// Sends records to an OpenTelemetry collector or back end, as OTLP over HTTP with JSON: independently of who samples traces, with
/// the pipeline's retries and its spool. A batch is one request; one that is sent again carries the same ids, by which its receiver
/// knows it (docs/otlp.md). Writes may overlap. Thread-safe.
/// </summary>
public sealed class OtlpLlmSink : ILlmSink, IAsyncDisposable, IDisposable
{
    /// <summary>The name of a sink that is given none.</summary>
    public const string DefaultName = "otlp";

    private readonly OtlpSettings _settings;
    private readonly OtlpClient _client;
    private readonly ILogger _logger;
    private OtlpMessage? _spare;
    private int _warned;

    /// <summary>Creates a sink without a container; variables are read from the process's environment.</summary>
    /// <param name="options">Options; null for the defaults. What is changed in them later does not count.</param>
    /// <param name="name">The sink's name; not empty.</param>
    /// <param name="timeProvider">Clock and timers; null for the system's.</param>
    /// <param name="loggerFactory">Loggers; null for none.</param>
    /// <exception cref="ArgumentException">An option or a variable is wrong; says which, and what would be right.</exception>
    public OtlpLlmSink(OtlpLlmOptions? options = null, string name = DefaultName, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
        : this(OtlpSettings.Of(options ?? new OtlpLlmOptions(), name, Environment.GetEnvironmentVariable, application: null), name, timeProvider, loggerFactory)
    {
    }

    internal OtlpLlmSink(OtlpSettings settings, string name, TimeProvider? timeProvider, ILoggerFactory? loggerFactory)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        _settings = settings;
        _client = new OtlpClient(settings, timeProvider ?? TimeProvider.System);
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability");
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>Does nothing: whether the server is there shows at the first batch.</summary>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    /// <inheritdoc />
    /// <exception cref="LlmSinkException">The server did not take the batch, or nobody says that it did.</exception>
    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var message = Interlocked.Exchange(ref _spare, null) ?? new OtlpMessage(_settings);
        Write(message, batch);
        if (message.Records == 0)
        {
            Keep(message);
            return new LlmWriteResult(0, 0, message.Left);
        }

        using var content = new OtlpContent(message.Body, _settings.Gzip);
        try
        {
            var answer = await _client.SendAsync(content, batch, cancellationToken).ConfigureAwait(false);
            if (answer is { Rejected: 0, Warns: true } && Interlocked.Exchange(ref _warned, 1) == 0)
            {
                _logger.OtlpServerWarns(Name);
            }

            return answer.Settle(batch, message);
        }
        finally
        {
            if (content.IsIdle)
            {
                Keep(message);
            }
        }
    }

    /// <summary>Closes the connections. Harmless twice.</summary>
    public void Dispose()
    {
        _client.Dispose();
        Interlocked.Exchange(ref _spare, null)?.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private static void Write(OtlpMessage message, LlmBatch batch)
    {
        try
        {
            message.Write(batch);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new LlmSinkException(LlmSinkFailure.Poison, $"A record cannot be written as OTLP ({error.GetType().Name}).", error);
        }
    }

    private void Keep(OtlpMessage message)
    {
        if (message.IsSmall)
        {
            Volatile.Write(ref _spare, message);
        }
    }
}

using Microsoft.Extensions.Logging;

namespace LlmObservability.Pricing;

/// <summary>
/// The prices in force: the catalog, what the options say, and the price file, which is looked at every few seconds and
/// read anew when it changed. A file that is wrong then leaves the old prices in force. Thread-safe.
/// </summary>
internal sealed class PriceBook : IDisposable
{
    // Polled, not watched: mounted files (a container's configuration) change under their name without an event.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly PriceCatalog _base;
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly ITimer? _poll;
    private CallPricer _pricer;
    private (DateTime Written, long Length) _seen;
    private int _reading;

    /// <param name="catalog">The catalog with what the options say.</param>
    /// <param name="path">The price file; null for none.</param>
    /// <param name="time">Whose timer looks at the file.</param>
    /// <param name="logger">Where a wrong file is told of.</param>
    /// <exception cref="PriceCatalogException">The file cannot be read, or is wrong.</exception>
    public PriceBook(PriceCatalog catalog, string? path, TimeProvider time, ILogger logger)
    {
        _base = catalog;
        _path = path;
        _logger = logger;
        _pricer = new CallPricer(catalog);
        if (path is null)
        {
            return;
        }

        _seen = Look(path);
        _pricer = new CallPricer(Read(catalog, path));
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _poll = time.CreateTimer(static state => ((PriceBook)state!).Poll(), this, Interval, Interval);
    }

    /// <summary>The pricer in force; another one once the file has changed.</summary>
    public CallPricer Pricer => Volatile.Read(ref _pricer);

    /// <summary>A catalog with a file's prices and deployments above it.</summary>
    public static PriceCatalog Read(PriceCatalog catalog, string path)
    {
        var file = PriceFile.Read(path);
        return catalog.With(file.Prices).With(file.Deployments);
    }

    public void Dispose() => _poll?.Dispose();

    private static (DateTime Written, long Length) Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    private void Poll()
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            return;
        }

        try
        {
            var now = Look(_path!);
            if (now == _seen)
            {
                return;
            }

            // Noted before it is read: a file that is wrong is told of once, until it changes again.
            _seen = now;
            Volatile.Write(ref _pricer, new CallPricer(Read(_base, _path!)));
            _logger.PricesReloaded(_path!);
        }
        catch (Exception error)
        {
            _logger.PricesNotReloaded(_path!, error.Message);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}

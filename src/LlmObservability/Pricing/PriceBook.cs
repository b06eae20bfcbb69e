using Microsoft.Extensions.Logging;

namespace LlmObservability.Pricing;

/// <summary>
/// The prices in force: the catalog, what the options say, and the price file. The files among them are looked at every few
/// seconds and read anew when one changed; one that is wrong then leaves the old prices in force. Thread-safe.
/// </summary>
internal sealed class PriceBook : IDisposable
{
    // Polled, not watched: mounted files (a container's configuration) change under their name without an event.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly LlmObservabilityOptions _options;
    private readonly ILogger _logger;
    private readonly ITimer? _poll;
    private readonly string[] _paths;
    private readonly (DateTime Written, long Length)[] _seen;
    private CallPricer _pricer;
    private int _reading;

    /// <param name="options">What prices to take.</param>
    /// <param name="time">Whose timer looks at the files.</param>
    /// <param name="logger">Where a wrong file is told of.</param>
    /// <exception cref="PriceCatalogException">A file cannot be read, or a price is wrong.</exception>
    public PriceBook(LlmObservabilityOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _paths = [.. new[] { options.CatalogFile, options.PriceFile }.OfType<string>()];
        // Looked at before they are read: a change in between is seen as one.
        _seen = [.. _paths.Select(Look)];
        _pricer = new CallPricer(Load(options));
        if (_paths.Length > 0)
        {
            using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
            _poll = time.CreateTimer(static state => ((PriceBook)state!).Poll(), this, Interval, Interval);
        }
    }

    /// <summary>The pricer in force; another one once a file has changed.</summary>
    public CallPricer Pricer => Volatile.Read(ref _pricer);

    /// <summary>The catalog that the options ask for, their prices and deployments above it, and those of the price file above these.</summary>
    /// <exception cref="PriceCatalogException">A file cannot be read, or a price is wrong.</exception>
    public static PriceCatalog Load(LlmObservabilityOptions options)
    {
        var catalog = options.CatalogFile is { } path ? PriceCatalog.Parse(PriceFile.ReadBytes(path), path) : PriceCatalog.LoadDefault();
        catalog = catalog.With(options.Prices).With(options.Deployments);
        if (options.PriceFile is { } own)
        {
            var file = PriceFile.Read(own);
            catalog = catalog.With(file.Prices).With(file.Deployments);
        }

        return catalog;
    }

    public void Dispose() => _poll?.Dispose();

    private static (DateTime Written, long Length) Look(string path)
    {
        try
        {
            // Of the opened file, and not of its name: a container's mount is a link to a link, and only what that points
            // to changes.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
        }
        catch (Exception)
        {
            // Not there, or not to be read: reading it says so.
            return default;
        }
    }

    private void Poll()
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            return;
        }

        var changed = "";
        try
        {
            for (var i = 0; i < _paths.Length; i++)
            {
                // Noted before it is read: a file that is wrong is told of once, until it changes again.
                var now = Look(_paths[i]);
                changed = now == _seen[i] ? changed : _paths[i];
                _seen[i] = now;
            }

            if (changed.Length > 0)
            {
                Volatile.Write(ref _pricer, new CallPricer(Load(_options)));
                _logger.PricesReloaded(changed);
            }
        }
        catch (Exception error)
        {
            _logger.PricesNotReloaded(changed, error.Message);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}

using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Requests;

/// <summary>What a request tells its calls. Thread-safe.</summary>
internal sealed class RequestTags
{
    private readonly ILogger _logger;
    private readonly Counter<long> _failures;
    private readonly TagDelegate[] _delegates;

    public RequestTags(IOptions<LlmAspNetCoreOptions> options, IMeterFactory meters, ILoggerFactory loggers)
    {
        _logger = new GuardedLogger(loggers.CreateLogger(AspNetCoreMeter.Name));
        _failures = meters.Create(AspNetCoreMeter.Name).CreateCounter<long>(
            AspNetCoreMeter.DelegateFailures, AspNetCoreMeter.FailureUnit, "Delegates for tags of HTTP requests that threw.");
        var requests = options.Value.Requests;
        _delegates =
        [
            .. new[] { ("user", requests.User), ("tenant", requests.Tenant), ("environment", requests.Environment) }
                .Where(named => named.Item2 is not null).Select(named => new TagDelegate(named.Item1, named.Item2!)),
        ];
        Header = string.IsNullOrEmpty(requests.ResponseHeader) ? null : requests.ResponseHeader;
        MaxResponseIds = requests.MaxResponseIds;
    }

    /// <summary>The response header; null for none.</summary>
    public string? Header { get; }

    public int MaxResponseIds { get; }

    /// <summary>The tags of a request.</summary>
    public KeyValuePair<string, string?>[] Of(HttpContext context)
    {
        var tags = new List<KeyValuePair<string, string?>>(_delegates.Length + 1);
        if (Route(context) is { } route)
        {
            tags.Add(new("route", route));
        }

        if (_delegates.Length > 0)
        {
            tags.AddRange(Told(context).Tags);
        }

        return [.. tags];
    }

    /// <summary>Something failed that should not have.</summary>
    public void Failed(Exception error) => _logger.RequestNotTagged(error.GetType().FullName, error.StackTrace);

    // The pattern, of which there are few; never the path, of which there is no end.
    private static string? Route(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        var route = endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route ?? (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        return route is null or ['/', ..] ? route : "/" + route;
    }

    // Asked once: an error page runs the pipeline a second time, and is the same user's.
    private ToldTags Told(HttpContext context)
    {
        var told = context.Features.Get<ToldTags>();
        if (told is null)
        {
            told = new ToldTags([]);
            foreach (var tag in _delegates)
            {
                if (Value(tag, context) is { Length: > 0 } value)
                {
                    told.Tags.Add(new(tag.Name, value));
                }
            }

            context.Features.Set(told);
        }

        return told;
    }

    private string? Value(TagDelegate tag, HttpContext context)
    {
        try
        {
            return tag.Read(context);
        }
        catch (Exception error)
        {
            _failures.Add(1, new KeyValuePair<string, object?>(AspNetCoreMeter.Delegate, tag.Name));
            if (tag.IsFirstFailure())
            {
                _logger.TagDelegateFailed(tag.Name, error.GetType().FullName, error.StackTrace);
            }

            return null;
        }
    }

    private sealed record ToldTags(List<KeyValuePair<string, string?>> Tags);

    private sealed class TagDelegate(string name, Func<HttpContext, string?> read)
    {
        private int _failed;

        public string Name => name;

        public string? Read(HttpContext context) => read(context);

        public bool IsFirstFailure() => Interlocked.Exchange(ref _failed, 1) == 0;
    }
}

using System.Threading.RateLimiting;

namespace LlmObservability.Dashboard.Access;

/// <summary>How many requests come in, of all clients together: what the application may lose to them is bounded. Thread-safe.</summary>
internal sealed class RequestLimits : IDisposable
{
    private const int BurstSeconds = 2;
    private const int WaitingPerPlace = 4;

    private readonly TokenBucketRateLimiter _rate;
    private readonly ConcurrencyLimiter _requests;
    private readonly ConcurrencyLimiter _exports;
    private readonly ConcurrencyLimiter _live;

    public RequestLimits(LlmDashboardOptions options)
    {
        _rate = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.MaxRequestsPerSecond * BurstSeconds,
            TokensPerPeriod = options.MaxRequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
        _requests = Places(options.MaxConcurrentRequests, options.MaxConcurrentRequests * WaitingPerPlace);
        _exports = Places(options.MaxExports, 0);
        _live = Places(options.MaxLiveFeeds, 0);
    }

    /// <summary>Whether one more request fits the rate.</summary>
    public bool TryCount()
    {
        using var lease = _rate.AttemptAcquire();
        return lease.IsAcquired;
    }

    /// <summary>A place for as long as the request lasts; not acquired when there is none.</summary>
    public ValueTask<RateLimitLease> EnterAsync(RequestKind kind, CancellationToken cancellationToken) => kind switch
    {
        RequestKind.Export => _exports.AcquireAsync(1, cancellationToken),
        RequestKind.Live => _live.AcquireAsync(1, cancellationToken),
        _ => _requests.AcquireAsync(1, cancellationToken),
    };

    public void Dispose()
    {
        _rate.Dispose();
        _requests.Dispose();
        _exports.Dispose();
        _live.Dispose();
    }

    private static ConcurrencyLimiter Places(int count, int waiting) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = count,
        QueueLimit = waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LlmObservability.Dashboard;

/// <summary>
/// Options of what <c>MapLlmObservability</c> maps. Bound from the configuration section <c>LlmObservability:Dashboard</c> where
/// there is one, then from code; read and validated once, when it is mapped.
/// </summary>
public sealed class LlmDashboardOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "LlmObservability:Dashboard";

    /// <summary>What stands in <see cref="TraceUrl"/> for a trace id.</summary>
    internal const string TraceId = "{trace_id}";

    /// <summary>
    /// Name of an authorization policy that every route demands, as <c>RequireAuthorization(name)</c> on what is mapped does.
    /// Default none: then that has to be called, or outside Development every route answers 404.
    /// </summary>
    public string? AuthorizationPolicy { get; set; }

    /// <summary>
    /// Whether everybody who reaches the routes may read everything, outside Development too. For a network that is closed by
    /// other means. Default false.
    /// </summary>
    public bool AllowAnonymousAccess { get; set; }

    /// <summary>
    /// The only tenant whose calls a request may see; called once for each request, also with nobody authenticated. Null or empty: the
    /// request sees nothing (403). Default none: requests see all tenants. With it, <c>pipeline</c> and <c>store</c>, whose figures
    /// are those of all tenants, are refused.
    /// </summary>
    public Func<HttpContext, string?>? Tenant { get; set; }

    /// <summary>
    /// Where the application's traces are shown: an absolute http or https address in whose path, query or fragment <c>{trace_id}</c> stands,
    /// for which a call's trace id is put. Default none: a trace id is then there to be copied alone.
    /// </summary>
    public Uri? TraceUrl { get; set; }

    /// <summary>The longest that a store may take for an answer; then 504. Default 30 seconds; 100 milliseconds to 10 minutes.</summary>
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests a second, of all clients together; beyond them 429. Default 100; 1 to 100,000.</summary>
    public int MaxRequestsPerSecond { get; set; } = 100;

    /// <summary>Requests that are answered at the same time, exports and live feeds apart; four times as many wait, and beyond them 429. Default 16; 1 to 1,000.</summary>
    public int MaxConcurrentRequests { get; set; } = 16;

    /// <summary>Exports at the same time; beyond them 429. Default 2; 1 to 100.</summary>
    public int MaxExports { get; set; } = 2;

    /// <summary>The most calls of an export; its transfer is then broken off. Default 1,000,000; 1 to 100,000,000.</summary>
    public int MaxExportCalls { get; set; } = 1_000_000;

    /// <summary>The longest that an export may take; its transfer is then broken off. Default 10 minutes; 1 second to 1 day.</summary>
    public TimeSpan ExportTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Live feeds at the same time; beyond them 429. Default 20; 1 to 1,000.</summary>
    public int MaxLiveFeeds { get; set; } = 20;

    /// <summary>How often a live feed asks the store for new calls; less often where it answers slowly. Default 1 second; 100 milliseconds to 1 minute.</summary>
    public TimeSpan LiveInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The newest calls that a live feed looks at each time, all that it holds of them; what is beyond them is told as skipped.
    /// Default 200; 10 to 1,000.
    /// </summary>
    public int LiveCalls { get; set; } = 200;

    /// <summary>How far back a live feed looks for calls that have ended just now. Default 15 minutes; 1 minute to 1 day.</summary>
    public TimeSpan LiveWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>After so long without a call a live feed says that it is there. Default 15 seconds; 1 second to 5 minutes.</summary>
    public TimeSpan LiveHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The longest that a live feed lasts; it then ends whole, and its reader comes again and is authorized anew. A reader whose right was taken away reads on for so
    /// long. Default 10 minutes; 1 second to 1 day.
    /// </summary>
    public TimeSpan MaxLiveDuration { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest that a reader of an export or a live feed may take nothing; it is then cut off. Default 30 seconds; 1 second to 10 minutes.</summary>
    public TimeSpan SlowReaderTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws when an option is out of its range.</summary>
    /// <exception cref="OptionsValidationException">Says of each what to change.</exception>
    public void Validate()
    {
        var failures = new[]
        {
            AuthorizationPolicy is { } policy && string.IsNullOrWhiteSpace(policy)
                ? $"Set {SectionName}:AuthorizationPolicy to the name of a policy, or leave it out." : null,
            AuthorizationPolicy is not null && AllowAnonymousAccess
                ? $"Set either {SectionName}:AuthorizationPolicy or AllowAnonymousAccess, not both." : null,
            TraceUrl is { } trace && !IsTemplate(trace)
                ? $"Set {SectionName}:TraceUrl to an absolute http or https address with {TraceId} in its path, query or fragment." : null,
            Range(nameof(QueryTimeout), QueryTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
            Range(nameof(MaxRequestsPerSecond), MaxRequestsPerSecond, 1, 100_000),
            Range(nameof(MaxConcurrentRequests), MaxConcurrentRequests, 1, 1_000),
            Range(nameof(MaxExports), MaxExports, 1, 100),
            Range(nameof(MaxExportCalls), MaxExportCalls, 1, 100_000_000),
            Range(nameof(ExportTimeout), ExportTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            Range(nameof(MaxLiveFeeds), MaxLiveFeeds, 1, 1_000),
            Range(nameof(LiveInterval), LiveInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            Range(nameof(LiveCalls), LiveCalls, 10, 1_000),
            Range(nameof(LiveWindow), LiveWindow, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
            Range(nameof(LiveHeartbeat), LiveHeartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            Range(nameof(MaxLiveDuration), MaxLiveDuration, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            Range(nameof(SlowReaderTimeout), SlowReaderTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        }.OfType<string>().ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(LlmDashboardOptions), failures);
        }
    }

    /// <summary>Whether it leads to one place, whatever the trace id is: no part of the host, and no address that runs anything.</summary>
    private static bool IsTemplate(Uri url) =>
        url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.UserInfo.Length == 0
        && url.OriginalString.Contains(TraceId, StringComparison.Ordinal)
        && !url.Authority.Contains('{', StringComparison.Ordinal) && !url.Authority.Contains('%', StringComparison.Ordinal);

    private static string? Range<T>(string option, T value, T least, T most)
        where T : struct, IComparable<T>
    {
        return value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? null
            : FormattableString.Invariant($"Set {SectionName}:{option} to a value from {least} to {most}; it is {value}.");
    }
}

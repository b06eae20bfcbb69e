namespace LlmObservability.Dashboard.Problems;

/// <summary>The words by which a program tells problems apart; documented in docs/api.md.</summary>
internal static class ProblemCode
{
    public const string InvalidParameter = "invalid_parameter";
    public const string UnknownParameter = "unknown_parameter";
    public const string InvalidBody = "invalid_body";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NoTenant = "no_tenant";
    public const string TenantRestricted = "tenant_restricted";
    public const string CrossSite = "cross_site";
    public const string TooLarge = "too_large";
    public const string TooManyCalls = "too_many_calls";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string TooManyRequests = "too_many_requests";
    public const string StoreUnavailable = "store_unavailable";
    public const string TimedOut = "timed_out";
    public const string Unexpected = "unexpected";

    public static IReadOnlyList<string> All { get; } =
    [
        InvalidParameter, UnknownParameter, InvalidBody, NotFound, MethodNotAllowed, NoTenant, TenantRestricted, CrossSite, TooLarge,
        TooManyCalls, UnsupportedMediaType, TooManyRequests, StoreUnavailable, TimedOut, Unexpected,
    ];
}

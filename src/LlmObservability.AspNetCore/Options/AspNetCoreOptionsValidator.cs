using System.Net;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore;

/// <summary>Says in one sentence each what to change. The ranges are those that the options document.</summary>
internal sealed class AspNetCoreOptionsValidator : IValidateOptions<LlmAspNetCoreOptions>
{
    private const int LongestHeaderName = 64;

    public ValidateOptionsResult Validate(string? name, LlmAspNetCoreOptions options)
    {
        var (requests, metrics, listener) = (options.Requests, options.Metrics, options.Metrics.Listener);
        var failures = new[]
        {
            IsHeaderName(requests.ResponseHeader)
                ? null : $"Set {LlmAspNetCoreOptions.SectionName}:Requests:ResponseHeader to a header's name of letters, digits and hyphens, at most {LongestHeaderName} of them, or to nothing.",
            Range("Requests:MaxResponseIds", requests.MaxResponseIds, 1, 100),
            Range("Metrics:MaxSeries", metrics.MaxSeries, 10, 100_000),
            Range("Metrics:Listener:Port", listener.Port, 0, ushort.MaxValue),
            IPAddress.TryParse(listener.Address, out _)
                ? null : $"Set {LlmAspNetCoreOptions.SectionName}:Metrics:Listener:Address to an IP address, such as 127.0.0.1 or 0.0.0.0.",
            IsPath(listener.Path)
                ? null : $"Set {LlmAspNetCoreOptions.SectionName}:Metrics:Listener:Path to a path that begins with one slash, without spaces and without any of ? # % \\.",
            listener.AllowedHosts.All(host => host == "*" || Uri.CheckHostName(host) != UriHostNameType.Unknown)
                ? null : $"Set {LlmAspNetCoreOptions.SectionName}:Metrics:Listener:AllowedHosts to names of hosts without a port, or to *.",
        }.OfType<string>().ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static bool IsHeaderName(string? name) =>
        string.IsNullOrEmpty(name) || (name.Length <= LongestHeaderName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    // What a request's path, which is decoded and without a query, can equal; "//x" would be a host's name.
    private static bool IsPath(string? path) =>
        path is ['/'] or ['/', not '/', ..] && !path.Any(c => c is '?' or '#' or '%' or '\\' || char.IsWhiteSpace(c) || char.IsControl(c));

    private static string? Range(string name, int value, int least, int most)
    {
        return value >= least && value <= most
            ? null
            : $"Set {LlmAspNetCoreOptions.SectionName}:{name} to a value from {least} to {most}; it is {value}.";
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using LlmObservability.Calls;
using LlmObservability.Tags;

namespace LlmObservability.Http;

/// <summary>
/// Reads the headers that say something of a call. Of a header that came several times the first counts; a value that is not
/// what it should be is no value. Read as they came: parsing them would change what the application sees.
/// </summary>
internal static class ResponseHeaders
{
    // Longer than any provider asks for: what is above is no time to wait.
    private const double LongestWaitSeconds = 366 * 24 * 60 * 60;

    // From the particular to the general. Azure sends the first and the third, and its logs and its support know the first
    // (https://github.com/BerriAI/litellm/issues/1721); the second is Anthropic's, the third OpenAI's and many others', the
    // last Amazon's.
    private static readonly string[] RequestIds = ["apim-request-id", "request-id", "x-request-id", "x-amzn-requestid"];

    // Azure's Responses API repeats the deployment's name in the body and tells the model here
    // (https://github.com/openai/openai-python/issues/3271); OpenAI tells here that it served another model than asked for.
    private static readonly string[] ServedModels = ["x-ms-served-model", "openai-model"];

    // OpenAI, Azure and those compatible with them; Anthropic.
    private static readonly string[] Requests = ["x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"];

    // Anthropic's is the one of its limits that is nearest.
    private static readonly string[] Tokens = ["x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining"];

    public static HttpFacts Read(HttpResponseMessage response, TimeProvider time)
    {
        var headers = response.Headers.NonValidated;
        return new HttpFacts(
            (int)response.StatusCode,
            Text(headers, ServedModels),
            new LlmHttpDetail
            {
                RequestId = Text(headers, RequestIds),
                RetryAfter = RetryAfter(headers, time),
                RemainingRequests = Count(headers, Requests),
                RemainingTokens = Count(headers, Tokens) ?? Least(
                    Count(headers, "anthropic-ratelimit-input-tokens-remaining"),
                    Count(headers, "anthropic-ratelimit-output-tokens-remaining")),
            });
    }

    private static TimeSpan? RetryAfter(HttpHeadersNonValidated headers, TimeProvider time)
    {
        // The finer one first, as the providers' own SDKs do.
        return Wait(First(headers, "retry-after-ms"), unitsPerSecond: 1_000)
            ?? (First(headers, "Retry-After") is { } value ? Wait(value, unitsPerSecond: 1) ?? Until(value, time) : null);
    }

    private static TimeSpan? Wait(string? value, double unitsPerSecond)
    {
        return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var units)
            && units / unitsPerSecond is >= 0 and <= LongestWaitSeconds and var seconds
                ? LlmCallId.ToMicroseconds(TimeSpan.FromSeconds(seconds))
                : null;
    }

    /// <summary>A date in one of HTTP's forms; one that is over asks for no wait.</summary>
    private static TimeSpan? Until(string value, TimeProvider time)
    {
        return RetryConditionHeaderValue.TryParse(value, out var parsed) && parsed.Date is { } date
            && date - time.GetUtcNow() is var wait && wait.TotalSeconds <= LongestWaitSeconds
                ? LlmCallId.ToMicroseconds(wait)
                : null;
    }

    private static long? Count(HttpHeadersNonValidated headers, string[] names)
    {
        foreach (var name in names)
        {
            if (Count(headers, name) is { } count)
            {
                return count;
            }
        }

        return null;
    }

    // Azure says -1 where it does not know.
    private static long? Count(HttpHeadersNonValidated headers, string name) =>
        long.TryParse(First(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static long? Least(long? left, long? right) => left is null || right < left ? right : left;

    private static string? Text(HttpHeadersNonValidated headers, string[] names)
    {
        foreach (var name in names)
        {
            if (First(headers, name) is { } value && !string.IsNullOrWhiteSpace(value))
            {
                return BoundedText.Clean(value);
            }
        }

        return null;
    }

    private static string? First(HttpHeadersNonValidated headers, string name)
    {
        if (!headers.TryGetValues(name, out var values))
        {
            return null;
        }

        foreach (var value in values)
        {
            return value;
        }

        return null;
    }
}

using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Calls;
using LlmObservability.Http;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Http;

public sealed class ResponseHeadersTests
{
    private static readonly ManualTimeProvider Time = new(new DateTimeOffset(2026, 10, 21, 7, 28, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("x-request-id: a", "a")]
    [InlineData("request-id: a", "a")]
    [InlineData("x-amzn-RequestId: a", "a")]
    [InlineData("x-request-id: models|apim-request-id: azures", "azures")]
    [InlineData("x-request-id: proxys|request-id: anthropics", "anthropics")]
    [InlineData("x-request-id: first|x-request-id: second", "first")]
    [InlineData("apim-request-id: |x-request-id: a", "a")]
    [InlineData("x-correlation: a", null)]
    public void The_providers_id_of_a_request(string headers, string? id) => Read(headers).Detail.RequestId.ShouldBe(id);

    [Theory]
    [InlineData("Retry-After: 20", 20.0)]
    [InlineData("Retry-After: 0", 0.0)]
    [InlineData("Retry-After: 1.5", 1.5)]
    [InlineData("Retry-After: Wed, 21 Oct 2026 07:29:30 GMT", 90.0)]
    [InlineData("Retry-After: Wednesday, 21-Oct-26 07:29:30 GMT", 90.0)]
    [InlineData("Retry-After: Wed Oct 21 07:29:30 2026", 90.0)]
    [InlineData("Retry-After: Wed, 21 Oct 2026 07:00:00 GMT", 0.0)]
    [InlineData("retry-after-ms: 250", 0.25)]
    [InlineData("retry-after-ms: 0.5", 0.0005)]
    [InlineData("Retry-After: 1|retry-after-ms: 1250", 1.25)]
    [InlineData("Retry-After: 1|retry-after-ms: soon", 1.0)]
    [InlineData("Retry-After: 0.0000019", 0.000001)]
    [InlineData("Retry-After: -1", null)]
    [InlineData("Retry-After: ", null)]
    [InlineData("Retry-After: NaN", null)]
    [InlineData("Retry-After: -Infinity", null)]
    [InlineData("Retry-After: 1e2", null)]
    [InlineData("Retry-After: 99999999999999999999999999", null)]
    [InlineData("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT", null)]
    [InlineData("Retry-After: 20, 20", null)]
    public void How_long_to_wait(string headers, double? seconds) =>
        Read(headers).Detail.RetryAfter.ShouldBe(seconds is { } known ? TimeSpan.FromMicroseconds(known * 1_000_000) : null);

    [Theory]
    [InlineData("x-ratelimit-remaining-requests: 9|x-ratelimit-remaining-tokens: 100", 9L, 100L)]
    [InlineData("anthropic-ratelimit-requests-remaining: 9|anthropic-ratelimit-tokens-remaining: 100|anthropic-ratelimit-input-tokens-remaining: 5", 9L, 100L)]
    [InlineData("anthropic-ratelimit-input-tokens-remaining: 80|anthropic-ratelimit-output-tokens-remaining: 20", null, 20L)]
    [InlineData("anthropic-ratelimit-input-tokens-remaining: 10|anthropic-ratelimit-output-tokens-remaining: 20", null, 10L)]
    [InlineData("anthropic-ratelimit-output-tokens-remaining: 20", null, 20L)]
    [InlineData("anthropic-ratelimit-input-tokens-remaining: 10", null, 10L)]
    [InlineData("x-ratelimit-remaining-requests: 0|x-ratelimit-remaining-tokens: -1", 0L, null)]
    [InlineData("x-ratelimit-remaining-requests: 1,000|x-ratelimit-remaining-tokens: 9223372036854775808", null, null)]
    [InlineData("x-ratelimit-limit-requests: 9", null, null)]
    public void What_the_rate_limit_leaves(string headers, long? requests, long? tokens)
    {
        var detail = Read(headers).Detail;
        (detail.RemainingRequests, detail.RemainingTokens).ShouldBe((requests, tokens));
    }

    [Theory]
    [InlineData("x-ms-served-model: gpt-5-nano-2025-08-07", "gpt-5-nano-2025-08-07")]
    [InlineData("openai-model: gpt-5.2-codex", "gpt-5.2-codex")]
    [InlineData("x-ms-deployment-name: ours", null)]
    public void The_model_that_served(string headers, string? model) => Read(headers).ServedModel.ShouldBe(model);

    [Fact]
    public void Texts_are_bounded() => Read("x-request-id: " + new string('x', 1_000)).Detail.RequestId.ShouldBe(new string('x', 256));

    [Fact]
    public void Whatever_stands_there_is_a_fact_within_its_bounds_or_none()
    {
        string[] names =
        [
            "x-request-id", "Retry-After", "retry-after-ms", "x-ratelimit-remaining-requests", "anthropic-ratelimit-tokens-remaining",
            "anthropic-ratelimit-input-tokens-remaining", "x-ms-served-model",
        ];
        var values = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>(),
            ArbMap.Default.GeneratorFor<double>().Select(number => $"{number}"),
            ArbMap.Default.GeneratorFor<long>().Select(number => $"{number}"),
            ArbMap.Default.GeneratorFor<DateTime>().Select(date => $"{date:r}"));
        var headers = Gen.Elements(names).SelectMany(name => values.Select(value => (name, value))).ListOf();
        Prop.ForAll(headers.ToArbitrary(), list =>
        {
            using var response = new HttpResponseMessage();
            foreach (var (name, value) in list)
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }

            var (_, model, detail) = ResponseHeaders.Read(response, Time);
            (detail.RetryAfter is not { Ticks: < 0 }).ShouldBeTrue();
            ((detail.RetryAfter?.Ticks ?? 0) % TimeSpan.TicksPerMicrosecond).ShouldBe(0);
            (detail.RetryAfter is not { TotalDays: > 366 }).ShouldBeTrue();
            (detail.RemainingRequests is not < 0).ShouldBeTrue();
            (detail.RemainingTokens is not < 0).ShouldBeTrue();
            foreach (var text in new[] { model, detail.RequestId }.OfType<string>())
            {
                text.Length.ShouldBeInRange(1, 256);
                StorableText.IsStorable(text).ShouldBeTrue();
            }
        }).QuickCheckThrowOnFailure();
    }

    private static HttpFacts Read(string headers)
    {
        using var response = new HttpResponseMessage();
        foreach (var header in headers.Split('|'))
        {
            var colon = header.IndexOf(':');
            response.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim()).ShouldBeTrue();
        }

        return ResponseHeaders.Read(response, Time);
    }
}

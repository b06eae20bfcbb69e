using LlmObservability.AspNetCore.Metrics;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class MetricsFormatTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/json", false)]
    [InlineData("not a media type;;;", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;version=1.0.0", true)]
    [InlineData("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", true)]
    [InlineData("Application/OpenMetrics-Text; Version=1.0.0", true)]
    [InlineData("application/openmetrics-text;version=0.0.1", false)]
    [InlineData("application/openmetrics-text;version=2.0.0", false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.5", false)]
    [InlineData("text/plain;version=0.0.4;q=0.4,application/openmetrics-text;version=1.0.0;q=0.5", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.1,*/*;q=0.9", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,*/*", true)]
    // The closest range counts, liked more or less than the wider ones.
    [InlineData("text/plain;q=0.9, text/plain;version=0.0.4;q=0.1, application/openmetrics-text;q=0.5", true)]
    [InlineData("text/plain;q=0.1, text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0.9, application/openmetrics-text;version=1.0.0;q=0.1, text/plain;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0.5, text/*;q=0.1, */*;q=0.9", true)]
    // Text is refused, and the other not.
    [InlineData("text/plain;q=0, */*", true)]
    [InlineData("text/*;q=0, application/*", true)]
    [InlineData("text/plain;q=0, application/openmetrics-text;q=0, */*", false)]
    [InlineData("text/plain;q=0", false)]
    [InlineData("*/*;q=0", false)]
    // Prometheus 2.42, and 3.
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true)]
    public void A_scraper_gets_the_form_that_it_likes_best(string? accept, bool openMetrics) =>
        MetricsFormat.WantsOpenMetrics(accept).ShouldBe(openMetrics);
}

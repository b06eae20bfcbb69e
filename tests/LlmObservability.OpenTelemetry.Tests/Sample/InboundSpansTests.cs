using System.Diagnostics;
using System.Net;
using System.Reflection;
using LlmObservability.OpenTelemetry.Tests.Instrumentation;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmObservability.OpenTelemetry.Tests.Sample;

[Collection(TelemetryTests.Name)]
public sealed class InboundSpansTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/throws", HttpStatusCode.InternalServerError)]
    [InlineData("/fails", HttpStatusCode.ServiceUnavailable)]
    public async Task A_request_that_fails_says_so_whether_by_an_answer_or_by_an_exception(string path, HttpStatusCode status)
    {
        Activity? inbound = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => inbound = span,
        };
        ActivitySource.AddActivityListener(listener);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var application = builder.Build();
        Use(application);
        application.MapGet("/throws", string () => throw new InvalidOperationException("secret"));
        application.MapGet("/fails", () => Results.StatusCode(503));
        await application.StartAsync(Cancel);
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };

        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);

        response.StatusCode.ShouldBe(status);
        await Eventually.Is(() => inbound is not null, "the span ended");
        inbound!.DisplayName.ShouldBe($"GET {path}");
        inbound.Status.ShouldBe(ActivityStatusCode.Error);
        inbound.GetTagItem("http.response.status_code").ShouldBe((int)status);
        inbound.GetTagItem("error.type").ShouldBe(path == "/throws" ? "System.InvalidOperationException" : null);
        inbound.StatusDescription.ShouldBeNull();
    }

    // Internal to a program that nobody else builds on.
    private static void Use(WebApplication application) => Assembly.Load("OpenTelemetrySample").GetType("OpenTelemetrySample.InboundSpans", throwOnError: true)!
        .GetMethod("UseInboundSpanNames", BindingFlags.Static | BindingFlags.Public)!.Invoke(null, [application]);
}

using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Export;
using LlmObservability.Dashboard.Live;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>New calls as they come into the store, until the client leaves.</summary>
internal sealed class LiveEndpoint : ApiEndpoint
{
    public override string Path => "live";

    public override RequestKind Kind => RequestKind.Live;

    public override string Summary =>
        "New calls as server-sent events: 'call' (data: Call), and 'skipped' (data: Skipped) where more came than a look sees";

    public override bool TakesFilter => true;

    public override IReadOnlyList<(string MediaType, Type? Type)> Answers { get; } = [(LiveEvents.MediaType, null)];

    public override async Task AnswerAsync(ApiRequest request)
    {
        var (services, options) = (request.Services, request.Services.Options);
        var feed = new LiveFeed(services.Store, request.Filter(), options.LiveCalls, options.LiveWindow, services.Time);
        var known = Guid.TryParseExact(request.Http.Request.Headers["Last-Event-ID"], "D", out var id) ? id : (Guid?)null;
        await WithinAsync(request, token => feed.BeginAsync(known, token)).ConfigureAwait(false);

        var http = request.Http;
        http.Response.ContentType = LiveEvents.MediaType;
        // Proxies that gather answers would hold events back.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var output = new BoundedOutput(http.Response.Body, options.SlowReaderTimeout, services.Time);
        LiveEvents.WriteStart(output.Buffer);
        await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
        using var timer = new PeriodicTimer(options.LiveInterval, services.Time);
        var last = services.Time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(request.Cancellation).ConfigureAwait(false))
        {
            var told = await TellAsync(request, feed, output).ConfigureAwait(false);
            if (!told && services.Time.GetElapsedTime(last) >= options.LiveHeartbeat)
            {
                LiveEvents.WriteHeartbeat(output.Buffer);
                await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
                told = true;
            }

            last = told ? services.Time.GetTimestamp() : last;
        }
    }

    private static async Task<bool> TellAsync(ApiRequest request, LiveFeed feed, BoundedOutput output)
    {
        LiveNews news;
        try
        {
            news = await WithinAsync(request, feed.NextAsync).ConfigureAwait(false);
        }
        catch (Exception exception) when (!request.Cancellation.IsCancellationRequested)
        {
            // The store is away for now: what comes meanwhile is found by the next look that it answers.
            if (feed.IsAnswered)
            {
                request.Services.Logger.ApiFeedWaits(request.Http.TraceIdentifier, exception.GetType().FullName ?? "");
            }

            feed.IsAnswered = false;
            return false;
        }

        feed.IsAnswered = true;

        if (news.Skipped > 0)
        {
            LiveEvents.WriteSkipped(output.Buffer, news.Skipped);
        }

        // One call at a time: a reader that does not take them holds one, and no look is made meanwhile.
        foreach (var call in news.Calls)
        {
            LiveEvents.WriteCall(output.Buffer, call);
            await output.FlushIfFullAsync(request.Cancellation).ConfigureAwait(false);
        }

        await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
        return news.Calls.Count > 0;
    }

    /// <summary>A look, within the time that any question may take.</summary>
    private static async Task<T> WithinAsync<T>(ApiRequest request, Func<CancellationToken, Task<T>> look)
    {
        using var timeout = new CancellationTokenSource(request.Services.Options.QueryTimeout, request.Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(request.Cancellation, timeout.Token);
        try
        {
            return await look(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !request.Cancellation.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }
}

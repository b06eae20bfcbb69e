using System.Data.Common;
using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Export;
using LlmObservability.Dashboard.Live;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>New calls as they come into the store, until the client leaves, or has to come again and be authorized anew.</summary>
internal sealed class LiveEndpoint : ApiEndpoint
{
    // A tenth of a feed's time at the most is the store's.
    private const int RestPerLook = 9;

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
        var begun = services.Time.GetTimestamp();
        var after = await WithinAsync(request, token => feed.BeginAsync(known, token)).ConfigureAwait(false);

        var http = request.Http;
        http.Response.ContentType = LiveEvents.MediaType;
        // Proxies that gather answers would hold events back.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var output = new BoundedOutput(http.Response.Body, options.SlowReaderTimeout, services.Time);
        LiveEvents.WriteStart(output.Buffer, after);
        await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
        var wait = options.LiveInterval;
        var last = services.Time.GetTimestamp();
        var isAway = false;
        // Whether a reader may come in was asked once, so that no feed lasts for ever. It ends whole, and EventSource comes again by itself.
        while (services.Time.GetElapsedTime(begun) < options.MaxLiveDuration)
        {
            await Task.Delay(wait, services.Time, request.Cancellation).ConfigureAwait(false);
            var asked = services.Time.GetTimestamp();
            var news = await LookAsync(request, feed, isAway).ConfigureAwait(false);
            wait = Wait(services.Time.GetElapsedTime(asked), options);
            isAway = news is null;
            var told = news is { } some && await TellAsync(request, some, output).ConfigureAwait(false);
            if (!told && services.Time.GetElapsedTime(last) >= options.LiveHeartbeat)
            {
                LiveEvents.WriteHeartbeat(output.Buffer);
                await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
                told = true;
            }

            last = told ? services.Time.GetTimestamp() : last;
        }
    }

    /// <summary>How long a feed lets the store be: the slower that answers, the longer, so that many feeds leave something of it to others.</summary>
    private static TimeSpan Wait(TimeSpan look, LlmDashboardOptions options)
    {
        var rest = look * RestPerLook;
        rest = rest < options.LiveHeartbeat ? rest : options.LiveHeartbeat;
        return rest > options.LiveInterval ? rest : options.LiveInterval;
    }

    /// <summary>What is new; null while the store is away: what comes meanwhile is found by the next look that it answers.</summary>
    private async Task<LiveNews?> LookAsync(ApiRequest request, LiveFeed feed, bool wasAway)
    {
        try
        {
            return await WithinAsync(request, feed.NextAsync).ConfigureAwait(false);
        }
        catch (Exception exception) when (!request.Cancellation.IsCancellationRequested && ProblemOf.IsPassing(exception))
        {
            if (!wasAway)
            {
                request.Services.Logger.ApiFeedWaits(Path, exception.GetType().FullName ?? "", (exception as DbException)?.SqlState);
            }

            return null;
        }
    }

    private static async Task<bool> TellAsync(ApiRequest request, LiveNews news, BoundedOutput output)
    {
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
        return news.Skipped > 0 || news.Calls.Count > 0;
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

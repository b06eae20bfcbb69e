using Microsoft.AspNetCore.Http;

namespace LlmObservability.AspNetCore.Requests;

/// <summary>A scope around each HTTP request, and the ids of its calls on the response. The request goes on whatever fails here.</summary>
internal sealed class RequestMiddleware(RequestDelegate next, RequestTags tags)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var scope = TryBegin(context);
        await next(context).ConfigureAwait(false);
    }

    // Not asynchronous: the scope is to be ambient in the caller.
    private LlmScope? TryBegin(HttpContext context)
    {
        try
        {
            // An error page runs the pipeline a second time, for the same response.
            var calls = context.Features.Get<RequestCalls>();
            if (calls is null)
            {
                calls = new RequestCalls(tags.Header, tags.MaxResponseIds);
                context.Features.Set(calls);
                Announce(context.Response, calls);
            }

            return LlmScope.Begin(tags.Of(context), calls.Began);
        }
        catch (Exception error)
        {
            tags.Failed(error);
            return null;
        }
    }

    private void Announce(HttpResponse response, RequestCalls calls)
    {
        // What comes before may have begun to answer: then it is too late, and no error.
        if (tags.Header is not null && !response.HasStarted)
        {
            response.OnStarting(() => Tell(response, calls));
        }
    }

    private Task Tell(HttpResponse response, RequestCalls calls)
    {
        try
        {
            calls.Tell(response.Headers);
        }
        catch (Exception error)
        {
            tags.Failed(error);
        }

        return Task.CompletedTask;
    }
}

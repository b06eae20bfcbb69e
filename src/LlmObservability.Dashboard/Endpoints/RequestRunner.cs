using System.Data.Common;
using System.Text.Json;
using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Export;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>The way of every request: the gate, the limits, the tenant, the parameters, the answer, and what becomes of an exception. Thread-safe.</summary>
internal sealed class RequestRunner(ApiServices services, AccessGate gate, RequestLimits limits)
{
    private const string ProblemMediaType = "application/problem+json";

    private int _toldClosed;

    /// <param name="context">The exchange.</param>
    /// <param name="endpoint">The route; null for one that there is not.</param>
    public async Task RunAsync(HttpContext context, ApiEndpoint? endpoint)
    {
        if (!gate.IsOpen(context))
        {
            // As if nothing were mapped here: no header and no body tells otherwise.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            if (Interlocked.Exchange(ref _toldClosed, 1) == 0)
            {
                services.Logger.ApiClosed((context.Request.PathBase + context.Request.Path).Value is { } path ? SafeText.Of(path) : "");
            }

            return;
        }

        AnswerHeaders.Set(context.Response.Headers);
        using var timeout = new CancellationTokenSource(TimeOf(endpoint), services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping, timeout.Token);
        try
        {
            await AnswerAsync(context, endpoint, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested && exception is not TransferBrokenException)
        {
            // The client has left: nobody waits for an answer.
        }
        catch (OperationCanceledException) when (services.Stopping.IsCancellationRequested && context.Response.HasStarted)
        {
            // The server stops: a live feed ends here, an export is cut.
            Break(context, endpoint);
        }
        catch (Exception exception)
        {
            await FailAsync(context, endpoint, exception, timeout.IsCancellationRequested).ConfigureAwait(false);
        }
    }

    private static void Break(HttpContext context, ApiEndpoint? endpoint)
    {
        if (endpoint?.Kind != RequestKind.Live)
        {
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, ApiEndpoint? endpoint, CancellationToken cancellationToken)
    {
        if (!limits.TryCount())
        {
            throw TooMany(context);
        }

        if (endpoint is null)
        {
            throw new ProblemException(StatusCodes.Status404NotFound, ProblemCode.NotFound, "There is no such route; openapi.json tells which there are.");
        }

        if (!HttpMethods.Equals(context.Request.Method, endpoint.Method))
        {
            context.Response.Headers.Allow = endpoint.Method;
            throw new ProblemException(StatusCodes.Status405MethodNotAllowed, ProblemCode.MethodNotAllowed, $"This route takes {endpoint.Method}.");
        }

        if (!HttpMethods.IsGet(endpoint.Method) && !SameOrigin.Holds(context.Request))
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, ProblemCode.CrossSite, "The request comes from a page of another origin.");
        }

        var query = ApiQuery.Parse(context.Request.QueryString);
        if (!endpoint.TakesAnyQuery)
        {
            query.Check(endpoint.Parameters, endpoint.TakesFilter);
        }

        var tenant = TenantRestriction.Of(context, services.Options.Tenant);
        var body = endpoint.BodyType is null ? default : await RequestBody.ReadAsync(context, cancellationToken).ConfigureAwait(false);
        using var place = await limits.EnterAsync(endpoint.Kind, cancellationToken).ConfigureAwait(false);
        if (!place.IsAcquired)
        {
            throw TooMany(context);
        }

        await endpoint.AnswerAsync(new ApiRequest(context, query, tenant, body, services, cancellationToken)).ConfigureAwait(false);
    }

    private TimeSpan TimeOf(ApiEndpoint? endpoint) => endpoint?.Kind switch
    {
        RequestKind.Live => Timeout.InfiniteTimeSpan,
        RequestKind.Export => services.Options.ExportTimeout,
        _ => services.Options.QueryTimeout,
    };

    private static ProblemException TooMany(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.TooManyRequests, "Too many requests at once; try again later.");
    }

    private async Task FailAsync(HttpContext context, ApiEndpoint? endpoint, Exception exception, bool isTimedOut)
    {
        var route = endpoint?.Path ?? "";
        if (context.Response.HasStarted)
        {
            var reason = exception is TransferBrokenException broken ? broken.Message : isTimedOut ? "it took too long" : exception.GetType().Name;
            services.Logger.ApiTransferBroken(route, context.TraceIdentifier, reason);
            context.Abort();
            return;
        }

        var problem = ProblemOf.Exception(exception, isTimedOut);
        string? id = null;
        if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            id = Guid.NewGuid().ToString("N");
            services.Logger.ApiRequestFailed(
                route, id, problem.Status, exception.GetType().FullName ?? "", (exception as DbException)?.SqlState, exception.StackTrace);
        }

        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = ProblemMediaType;
        response.Headers.ContentDisposition = default;
        var answer = new ProblemAnswer
        {
            Title = ReasonPhrases.GetReasonPhrase(problem.Status),
            Status = problem.Status,
            Detail = problem.Message,
            Code = problem.Code,
            Parameter = problem.Parameter,
            Id = id,
        };
        await JsonSerializer.SerializeAsync(response.Body, answer, AnswerJson.Default.ProblemAnswer, context.RequestAborted).ConfigureAwait(false);
    }
}

using System.Text.Json;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Many calls by their ids. A read, though by POST: ids do not fit a query string.</summary>
internal sealed class CallSetEndpoint() : JsonEndpoint<CallSetAnswer>(AnswerJson.Default.CallSetAnswer)
{
    /// <summary>The largest body, in bytes: all ids fit, with room for white space.</summary>
    public const int MaxBody = 16 * 1024;

    private const string Body = "body";
    private const string Ids = "ids";

    public override string Path => "calls/get";

    public override string Method => HttpMethods.Post;

    public override string Summary => "Calls by their ids, each as calls/{id} gives it";

    public override Type BodyType => typeof(CallSetRequest);

    protected override async Task<CallSetAnswer> ReadAsync(ApiRequest request)
    {
        var asked = await ReadBodyAsync(request).ConfigureAwait(false);
        if (asked.Ids.Count is 0 or > CallSetRequest.MaxIds)
        {
            throw ProblemException.Invalid(Ids, FormattableString.Invariant($"'ids' has 1 to {CallSetRequest.MaxIds} ids."));
        }

        var found = new List<CallDetailAnswer>();
        var missing = new List<Guid>();
        foreach (var id in asked.Ids.Distinct())
        {
            if (await CallDetails.FindAsync(request, id).ConfigureAwait(false) is { } call)
            {
                found.Add(call);
            }
            else
            {
                missing.Add(id);
            }
        }

        return new CallSetAnswer { Calls = found, NotFound = missing };
    }

    private static async Task<CallSetRequest> ReadBodyAsync(ApiRequest request)
    {
        var http = request.Http;
        if (!http.Request.HasJsonContentType())
        {
            throw new ProblemException(
                StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnsupportedMediaType, "The body is application/json.", Body);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxBody;
        }

        // A server without that feature is not trusted to stop.
        var buffer = new byte[MaxBody + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, request.Cancellation).ConfigureAwait(false);
        if (read > MaxBody)
        {
            throw new ProblemException(
                StatusCodes.Status413PayloadTooLarge, ProblemCode.TooLarge, FormattableString.Invariant($"The body has at most {MaxBody} bytes."), Body);
        }

        try
        {
            return JsonSerializer.Deserialize(buffer.AsSpan(0, read), AnswerJson.Default.CallSetRequest) is { Ids: not null } asked
                ? asked
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ProblemException(
                StatusCodes.Status400BadRequest, ProblemCode.InvalidBody, "The body is a JSON object with 'ids', an array of UUIDs, and nothing else.", Body);
        }
    }
}

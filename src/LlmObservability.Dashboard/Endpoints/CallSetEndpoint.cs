using System.Text.Json;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Many calls by their ids. A read, though by POST: ids do not fit a query string.</summary>
internal sealed class CallSetEndpoint() : JsonEndpoint<CallSetAnswer>(AnswerJson.Default.CallSetAnswer)
{
    /// <summary>The most members of the lists of all calls together; beyond them calls are cut, and say so.</summary>
    public const int MaxMembers = 5_000;

    private const string Ids = "ids";

    public override string Path => "calls/get";

    public override string Method => HttpMethods.Post;

    public override string Summary => "Calls by their ids, each as calls/{id} gives it";

    public override Type BodyType => typeof(CallSetRequest);

    protected override async Task<CallSetAnswer> ReadAsync(ApiRequest request)
    {
        var asked = Parse(request.Body);
        if (asked.Ids.Count is 0 or > CallSetRequest.MaxIds)
        {
            throw ProblemException.Invalid(Ids, FormattableString.Invariant($"'ids' has 1 to {CallSetRequest.MaxIds} ids."));
        }

        var found = new List<CallDetailAnswer>();
        var missing = new List<Guid>();
        var left = MaxMembers;
        foreach (var id in asked.Ids.Distinct())
        {
            if (await CallDetails.FindAsync(request, id, left).ConfigureAwait(false) is { } call)
            {
                found.Add(call);
                left -= call.Members;
            }
            else
            {
                missing.Add(id);
            }
        }

        return new CallSetAnswer { Calls = found, NotFound = missing };
    }

    private static CallSetRequest Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, AnswerJson.Default.CallSetRequest) is { Ids: not null } asked
                ? asked
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ProblemException(
                StatusCodes.Status400BadRequest, ProblemCode.InvalidBody, "The body is a JSON object with 'ids', an array of UUIDs, and nothing else.", ProblemOf.Body);
        }
    }
}

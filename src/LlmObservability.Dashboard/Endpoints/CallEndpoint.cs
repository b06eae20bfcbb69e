using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>One call with all that belongs to it.</summary>
internal sealed class CallEndpoint() : JsonEndpoint<CallDetailAnswer>(AnswerJson.Default.CallDetailAnswer)
{
    /// <summary>The name of the id in the path.</summary>
    public const string IdName = "id";

    public override string Path => "calls/{id}";

    public override string Summary => "A call with its attempts, tool calls, amendments, and its cost line by line by the prices in force";

    protected override async Task<CallDetailAnswer> ReadAsync(ApiRequest request)
    {
        if (!LlmValue.TryParseId(request.Http.GetRouteValue(IdName) as string, out var id))
        {
            throw ProblemException.Invalid(IdName, "'id' is a UUID of 36 characters.");
        }

        return await CallDetails.FindAsync(request, id).ConfigureAwait(false)
            ?? throw new ProblemException(StatusCodes.Status404NotFound, ProblemCode.NotFound, "There is no such call.", IdName);
    }
}

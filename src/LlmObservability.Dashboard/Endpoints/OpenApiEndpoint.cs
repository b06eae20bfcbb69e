using LlmObservability.Dashboard.OpenApi;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>The description of all routes, this one among them.</summary>
internal sealed class OpenApiEndpoint : ApiEndpoint
{
    private readonly Lazy<byte[]> _document = new(() => ApiDescription.Write(ApiRoutes.All));

    public override string Path => "openapi.json";

    public override string Summary => "This description";

    public override IReadOnlyList<(string MediaType, Type? Type)> Answers { get; } = [(JsonEndpoint<object>.MediaType, null)];

    public override async Task AnswerAsync(ApiRequest request)
    {
        request.Http.Response.ContentType = Answers[0].MediaType;
        await request.Http.Response.Body.WriteAsync(_document.Value, request.Cancellation).ConfigureAwait(false);
    }
}

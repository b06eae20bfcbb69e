using LlmObservability.Dashboard.OpenApi;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>The description of all routes, this one among them.</summary>
internal sealed class OpenApiEndpoint : ApiEndpoint
{
    private readonly Lazy<byte[]> _document = new(() => ApiDescription.Write(ApiRoutes.All));

    public override string Path => "openapi.json";

    public override string Summary => "This description";

    public override IReadOnlyList<(string MediaType, Type? Type)> Answers { get; } = [(JsonBody.MediaType, null)];

    public override Task AnswerAsync(ApiRequest request) =>
        JsonBody.WriteAsync(request, body => body.WriteAsync(_document.Value, request.Cancellation).AsTask());
}

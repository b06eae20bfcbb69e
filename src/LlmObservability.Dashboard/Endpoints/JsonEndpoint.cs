using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>A route that answers with one JSON document.</summary>
internal abstract class JsonEndpoint<T>(JsonTypeInfo<T> json) : ApiEndpoint
{
    public const string MediaType = "application/json";

    private readonly JsonTypeInfo<T> _json = json;

    public sealed override IReadOnlyList<(string MediaType, Type? Type)> Answers => [(MediaType, typeof(T))];

    public sealed override async Task AnswerAsync(ApiRequest request)
    {
        var answer = await ReadAsync(request).ConfigureAwait(false);
        request.Http.Response.ContentType = MediaType;
        await JsonSerializer.SerializeAsync(request.Http.Response.Body, answer, _json, request.Cancellation).ConfigureAwait(false);
    }

    protected abstract Task<T> ReadAsync(ApiRequest request);
}

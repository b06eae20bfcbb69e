using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>A route that answers with one JSON document.</summary>
internal abstract class JsonEndpoint<T>(JsonTypeInfo<T> json) : ApiEndpoint
{
    private readonly JsonTypeInfo<T> _json = json;

    public sealed override IReadOnlyList<(string MediaType, Type? Type)> Answers => [(JsonBody.MediaType, typeof(T))];

    public sealed override async Task AnswerAsync(ApiRequest request)
    {
        var answer = await ReadAsync(request).ConfigureAwait(false);
        await JsonBody.WriteAsync(request, body => JsonSerializer.SerializeAsync(body, answer, _json, request.Cancellation)).ConfigureAwait(false);
    }

    protected abstract Task<T> ReadAsync(ApiRequest request);
}

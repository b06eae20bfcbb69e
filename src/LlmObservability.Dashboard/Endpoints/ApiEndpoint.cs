using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Parameters;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>One route: what it takes, what it gives, and how it answers. The description is made from these objects alone. Thread-safe.</summary>
internal abstract class ApiEndpoint
{
    /// <summary>Below <c>api/v1/</c>, as a route pattern.</summary>
    public abstract string Path { get; }

    public virtual string Method => HttpMethods.Get;

    public virtual RequestKind Kind => RequestKind.Query;

    /// <summary>One line.</summary>
    public abstract string Summary { get; }

    /// <summary>The parameters of the query string, but those of a filter.</summary>
    public virtual IReadOnlyList<ApiParameter> Parameters => [];

    public virtual bool TakesFilter => false;

    /// <summary>Whether the query string may hold anything, since nothing of it is read.</summary>
    public virtual bool TakesAnyQuery => false;

    /// <summary>The type of the body that it takes; null for none.</summary>
    public virtual Type? BodyType => null;

    /// <summary>What it answers with: media types, and the type of the JSON in them; null where it is no JSON.</summary>
    public abstract IReadOnlyList<(string MediaType, Type? Type)> Answers { get; }

    public abstract Task AnswerAsync(ApiRequest request);
}

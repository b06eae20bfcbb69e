using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>The distinct values of a field.</summary>
internal sealed class ValuesEndpoint() : JsonEndpoint<ValuesAnswer>(AnswerJson.Default.ValuesAnswer)
{
    // The longest value that a tag may have.
    private const int LongestPrefix = 4_096;

    private static readonly FieldParameter Field = new(
        "field", FieldParameter.IsGroupable, takesTags: true, mostFields: 1, required: true, "A text or boolean field, or tag.KEY.");

    private static readonly TextParameter Prefix = new("prefix", LongestPrefix, "Only values that begin with this; case-sensitive.");
    private static readonly IntegerParameter Limit = new("limit", 1, LlmDistinctRequest.MaxLimit, 100, "The most values.");

    public override string Path => "values";

    public override string Summary => "The distinct values of a field, most frequent first";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [Field, Prefix, Limit];

    public override bool TakesFilter => true;

    protected override async Task<ValuesAnswer> ReadAsync(ApiRequest request)
    {
        var distinct = new LlmDistinctRequest
        {
            Field = Field.Read(request.Query)[0],
            Filter = request.Filter(),
            Prefix = Prefix.Read(request.Query),
            Limit = Limit.Read(request.Query),
        };
        return new ValuesAnswer(await request.Services.Store.DistinctAsync(distinct, request.Cancellation).ConfigureAwait(false));
    }
}

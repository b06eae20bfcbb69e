using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>A page of calls.</summary>
internal sealed class CallsEndpoint() : JsonEndpoint<CallPageAnswer>(AnswerJson.Default.CallPageAnswer)
{
    private static readonly OrderParameter Order = new("order", "A field, with a minus sign for the greatest first; ties by started_at and id. Missing values come last.");
    private static readonly IntegerParameter Limit = new("limit", 1, LlmListRequest.MaxLimit, 50, "The most calls of a page.");
    private static readonly TextParameter Cursor = new("cursor", LlmCursor.MaxLength, "'next' of the page before, asked with the same filter and order.");

    public override string Path => "calls";

    public override string Summary => "A page of calls";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [Order, Limit, Cursor];

    public override bool TakesFilter => true;

    protected override async Task<CallPageAnswer> ReadAsync(ApiRequest request)
    {
        var list = new LlmListRequest
        {
            Filter = request.Filter(),
            Order = Order.Read(request.Query),
            Limit = Limit.Read(request.Query),
            Cursor = Cursor.Read(request.Query),
        };
        return new CallPageAnswer(await request.Services.Store.ListAsync(list, request.Cancellation).ConfigureAwait(false));
    }
}

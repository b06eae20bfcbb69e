using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Which tools calls used.</summary>
internal sealed class ToolsEndpoint() : JsonEndpoint<ToolsAnswer>(AnswerJson.Default.ToolsAnswer)
{
    private static readonly IntegerParameter Top = new("top", 1, LlmToolsRequest.MaxTop, 100, "How many tools to name.");

    public override string Path => "tools";

    public override string Summary => "The tools of calls, most frequent first";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [Top];

    public override bool TakesFilter => true;

    protected override async Task<ToolsAnswer> ReadAsync(ApiRequest request)
    {
        var tools = new LlmToolsRequest { Filter = request.Filter(), Top = Top.Read(request.Query) };
        return new ToolsAnswer(await request.Services.Store.ToolsAsync(tools, request.Cancellation).ConfigureAwait(false));
    }
}

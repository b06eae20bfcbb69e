using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Measures by up to three fields and by time.</summary>
internal sealed class AggregateEndpoint() : JsonEndpoint<AggregateAnswer>(AnswerJson.Default.AggregateAnswer)
{
    private static readonly FieldParameter GroupBy = new(
        "group_by", FieldParameter.IsGroupable, takesTags: true, LlmAggregateRequest.MaxGroupBy, required: false,
        "A text or boolean field, or tag.KEY; may stand up to three times.");

    private static readonly ChoiceParameter<LlmBucket> Bucket = new(
        "bucket",
        [("none", LlmBucket.None), ("minute", LlmBucket.Minute), ("hour", LlmBucket.Hour), ("day", LlmBucket.Day)],
        "Time buckets, aligned to UTC; needs from and to. Buckets without calls give no row.");

    private static readonly IntegerParameter Top = new("top", 1, LlmAggregateRequest.MaxTop, 100, "How many groups to name; the others come as one row.");

    private static readonly ChoiceParameter<LlmTopBy> TopBy = new(
        "top_by",
        [
            ("calls", LlmTopBy.Calls), ("cost", LlmTopBy.Cost), ("tokens", LlmTopBy.Tokens), ("failed", LlmTopBy.Failed),
            ("duration", LlmTopBy.Duration),
        ],
        "What makes a group large.");

    private static readonly ChoiceParameter<LlmMeasureSet> Measures = new(
        "measures",
        [("all", LlmMeasureSet.All), ("spend", LlmMeasureSet.Spend)],
        "Which measures: all, or only calls, tokens and cost, which stores tell over long times by user and by own tags too.");

    private static readonly ChoiceParameter<bool> Percentiles = new("percentiles", [("false", false), ("true", true)], "Whether to give percentiles; not with measures=spend.");

    private static readonly ChoiceParameter<bool> Histograms = new(
        "histograms", [("false", false), ("true", true)],
        "Whether to give histograms, with bounds 0 and then 1, 1.5, 2, 3, 5 and 7 times each power of ten; not with measures=spend. Stores that keep sums may count a value within 2% of a bound on its other side.");

    private static readonly ChoiceParameter<bool> ComparePrevious = new(
        "compare_previous", [("false", false), ("true", true)], "Whether to give the same measures for the period of equal length before; needs from and to, and no bucket.");

    public override string Path => "aggregate";

    public override string Summary => "Measures over calls, by up to three fields and by time";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [GroupBy, Bucket, Top, TopBy, Measures, Percentiles, Histograms, ComparePrevious];

    public override bool TakesFilter => true;

    protected override async Task<AggregateAnswer> ReadAsync(ApiRequest request)
    {
        var query = request.Query;
        var aggregate = new LlmAggregateRequest
        {
            Filter = request.Filter(),
            GroupBy = GroupBy.Read(query),
            Bucket = Bucket.Read(query),
            Top = Top.Read(query),
            TopBy = TopBy.Read(query),
            Measures = Measures.Read(query),
            Percentiles = Percentiles.Read(query),
            Histograms = Histograms.Read(query),
            ComparePrevious = ComparePrevious.Read(query),
        };
        var answer = await request.Services.Store.AggregateAsync(aggregate, request.Cancellation).ConfigureAwait(false);
        return new AggregateAnswer(answer, aggregate.Measures, aggregate.Histograms);
    }
}

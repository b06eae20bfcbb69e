using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Export;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>All calls of a filter, streamed.</summary>
internal sealed class ExportEndpoint : ApiEndpoint
{
    private static readonly ChoiceParameter<bool> Format = new(
        "format", [("jsonl", false), ("csv", true)], "JSON Lines, exact; or CSV, made safe for spreadsheets.");

    public override string Path => "export";

    public override RequestKind Kind => RequestKind.Export;

    public override string Summary => "All calls of a filter, oldest first, as a file. A transfer that is broken off is not whole";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [Format];

    public override bool TakesFilter => true;

    public override IReadOnlyList<(string MediaType, Type? Type)> Answers { get; } =
        [(CallLines.MediaType, typeof(CallAnswer)), (CallTable.MediaType, null)];

    public override async Task AnswerAsync(ApiRequest request)
    {
        var services = request.Services;
        var filter = request.Filter();
        ICallFormat format = Format.Read(request.Query) ? new CallTable() : new CallLines();

        // The first call comes before the headers: a store that does not answer is a problem, and no file.
        var calls = services.Store.ExportAsync(filter, request.Cancellation).GetAsyncEnumerator(request.Cancellation);
        await using var ending = calls.ConfigureAwait(false);
        var more = await calls.MoveNextAsync().ConfigureAwait(false);

        var response = request.Http.Response;
        response.ContentType = format.ContentType;
        var at = services.Time.GetUtcNow().UtcDateTime;
        response.Headers.ContentDisposition = FormattableString.Invariant($"attachment; filename=\"llm-calls-{at:yyyyMMdd'T'HHmmss'Z'}.{format.Extension}\"");

        var output = new BoundedOutput(response.Body, services.Options.SlowReaderTimeout, services.Time);
        format.Begin(output.Buffer);
        for (var count = 0; more; more = await calls.MoveNextAsync().ConfigureAwait(false))
        {
            if (++count > services.Options.MaxExportCalls)
            {
                // Where nothing has gone out yet it can still be said.
                if (!response.HasStarted)
                {
                    throw new ProblemException(
                        StatusCodes.Status400BadRequest,
                        ProblemCode.TooManyCalls,
                        FormattableString.Invariant($"These are more calls than an export holds (MaxExportCalls, {services.Options.MaxExportCalls}); narrow the filter."),
                        FilterParameters.Whole);
                }

                throw new TransferBrokenException("more calls than MaxExportCalls");
            }

            format.Write(output.Buffer, calls.Current);
            await output.FlushIfFullAsync(request.Cancellation).ConfigureAwait(false);
        }

        await output.FlushAsync(request.Cancellation).ConfigureAwait(false);
    }
}

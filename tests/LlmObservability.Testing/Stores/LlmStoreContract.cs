using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Testing.Stores;

/// <summary>
/// The contract of a store that is also a sink, as tests: inherit it, create a fresh and empty store each time. Every
/// implementation must pass all of it. Calls start within the last ten days.
/// </summary>
public abstract partial class LlmStoreContract
{
    private static readonly Guid Writer = new("11111111-2222-7333-8444-555555555555");

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A new store without calls; the contract prepares it.</summary>
    protected abstract ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync();

    private static LlmFilter Where(LlmField field, LlmOperator op, params string[] values) =>
        new() { Conditions = [new LlmCondition(field, op, values)] };

    private static async Task<List<LlmCall>> ReadAllAsync(ILlmStore store, LlmListRequest request)
    {
        var calls = new List<LlmCall>();
        for (LlmPage? page = null; page is null || page.Next is not null;)
        {
            page = await store.ListAsync(request with { Cursor = page?.Next }, Cancel);
            page.Calls.Count.ShouldBeLessThanOrEqualTo(request.Limit);
            (page.Next is null || page.Calls.Count == request.Limit).ShouldBeTrue("only the last page may be short");
            calls.AddRange(page.Calls);
        }

        return calls;
    }

    private static async Task<List<LlmCall>> ExportAsync(ILlmStore store, LlmFilter filter)
    {
        var calls = new List<LlmCall>();
        await foreach (var call in store.ExportAsync(filter, Cancel))
        {
            calls.Add(call);
        }

        return calls;
    }

    private static void ShouldBeTheSame(IEnumerable<LlmCall> actual, IEnumerable<LlmCall> expected, string what = "")
    {
        actual.Select(call => call.Id).ToList().ShouldBe(expected.Select(call => call.Id).ToList(), what);
    }

    private async Task<(ILlmSink Sink, ILlmStore Store)> EmptyAsync()
    {
        var (sink, store) = await CreateAsync();
        await sink.PrepareAsync(Cancel);
        return (sink, store);
    }

    private async Task<(ILlmSink Sink, ILlmStore Store, List<LlmCall> Calls)> FilledAsync(int count, int seed = 1)
    {
        var (sink, store) = await EmptyAsync();
        var envelopes = ScriptedCalls.Create(count, seed);
        await sink.WriteAsync(new LlmBatch(Writer, 1, envelopes), Cancel);
        return (sink, store, [.. envelopes.Select(envelope => envelope.Call)]);
    }
}

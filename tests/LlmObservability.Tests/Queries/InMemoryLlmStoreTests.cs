using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Stores;

namespace LlmObservability.Tests.Queries;

public sealed class InMemoryLlmStoreTests : LlmStoreContract
{
    private static readonly Guid Writer = new("aaaaaaaa-2222-7333-8444-555555555555");

    protected override string Kind => "memory";

    protected override ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync()
    {
        var store = new InMemoryLlmStore();
        return new((store, store));
    }

    [Fact]
    public async Task The_oldest_calls_by_arrival_make_room_and_are_counted()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 30 });
        var envelopes = ScriptedCalls.Create(100);
        var result = await store.WriteAsync(new LlmBatch(Writer, 1, [.. envelopes.Take(25)]), Cancel);
        store.Evicted.ShouldBe(0);
        await store.WriteAsync(new LlmBatch(Writer, 26, [.. envelopes.Skip(25)]), Cancel);

        result.Written.ShouldBe(25);
        store.Evicted.ShouldBe(70);
        store.Count.ShouldBe(30);
        var kept = await store.ListAsync(new LlmListRequest { Limit = 1000 }, Cancel);
        kept.Calls.Select(call => call.Id).ShouldBe(envelopes.Skip(70).Select(envelope => envelope.Call.Id), ignoreOrder: true);
        (await store.GetAsync(envelopes[69].Call.Id, Cancel)).ShouldBeNull();
        (await store.GetAsync(envelopes[70].Call.Id, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_evicted_call_that_comes_again_stays_evicted()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 5 });
        var batch = new LlmBatch(Writer, 1, ScriptedCalls.Create(20));
        await store.WriteAsync(batch, Cancel);
        var again = await store.WriteAsync(batch, Cancel);

        (again.Written, again.AlreadyWritten, store.Evicted, store.Count).ShouldBe((0, 20, 15L, 5));
    }

    [Fact]
    public async Task A_call_from_another_writer_counts_once()
    {
        var store = new InMemoryLlmStore();
        var envelopes = ScriptedCalls.Create(10);
        await store.WriteAsync(new LlmBatch(Writer, 1, envelopes), Cancel);
        var again = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 500, envelopes), Cancel);

        (again.Written, again.AlreadyWritten, store.Count).ShouldBe((0, 10, 10));
    }

    [Fact]
    public async Task Numbers_may_come_in_any_order()
    {
        var store = new InMemoryLlmStore();
        var all = new LlmBatch(Writer, 1, ScriptedCalls.Create(100));
        foreach (var (start, count, fresh) in new[] { (80, 10, 10), (20, 10, 10), (50, 10, 10), (15, 70, 45), (0, 100, 25), (0, 100, 0) })
        {
            (await store.WriteAsync(all.Slice(start, count), Cancel)).Written.ShouldBe(fresh);
        }

        store.Count.ShouldBe(100);
    }

    [Fact]
    public async Task An_amendment_of_a_call_that_is_not_kept_is_rejected()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 1 });
        var script = new ScriptedCalls(3, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        var (evicted, kept) = (script.NextEnvelope(), script.NextEnvelope());
        await store.WriteAsync(new LlmBatch(Writer, 1, [evicted, kept]), Cancel);
        LlmEnvelope[] envelopes =
        [
            new LlmAmendmentEnvelope(script.AmendmentOf(evicted.Call)),
            new LlmAmendmentEnvelope(script.AmendmentOf(kept.Call)), new LlmAmendmentEnvelope(script.AmendmentOf(script.NextCall())),
        ];
        var batch = new LlmBatch(Writer, 3, envelopes);
        var result = await store.WriteAsync(batch, Cancel);
        var again = await store.WriteAsync(batch, Cancel);

        (result.Written, again.Written, again.AlreadyWritten).ShouldBe((1, 0, 1));
        LlmRejection[] rejected = [new(3, LlmDropReason.OutsideWindow), new(5, LlmDropReason.OutsideWindow)];
        result.Rejected.ShouldNotBeNull().ShouldBe(rejected);
        again.Rejected.ShouldNotBeNull().ShouldBe(rejected, "its sender may not have heard it");
        (await store.GetAsync(kept.Call.Id, Cancel)).ShouldNotBeNull().Amendments.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_amendments_of_a_call_are_bounded()
    {
        var store = new InMemoryLlmStore();
        var script = new ScriptedCalls(3, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        var call = script.NextEnvelope();
        var amendments = Enumerable.Range(0, InMemoryLlmStore.MaxAmendmentsPerCall + 5)
            .Select(LlmEnvelope (_) => new LlmAmendmentEnvelope(script.AmendmentOf(call.Call)));
        var result = await store.WriteAsync(new LlmBatch(Writer, 1, [call, .. amendments]), Cancel);

        result.Rejected.ShouldNotBeNull().Count.ShouldBe(5);
        (await store.GetAsync(call.Call.Id, Cancel)).ShouldNotBeNull().Amendments.Count.ShouldBe(InMemoryLlmStore.MaxAmendmentsPerCall);
    }

    [Fact]
    public async Task A_call_whose_id_does_not_carry_its_start_is_rejected_alone()
    {
        var store = new InMemoryLlmStore();
        var envelopes = ScriptedCalls.Create(3);
        var wrong = new LlmCallEnvelope(envelopes[1].Call with { Id = Guid.NewGuid() });
        var result = await store.WriteAsync(new LlmBatch(Writer, 1, [envelopes[0], wrong, envelopes[2]]), Cancel);

        result.Written.ShouldBe(2);
        result.Rejected.ShouldNotBeNull().ShouldBe([new(2, LlmDropReason.Poison)]);
    }

    [Fact]
    public async Task A_page_follows_a_cursor_whose_call_was_evicted()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 40 });
        var envelopes = ScriptedCalls.Create(41).OrderBy(envelope => envelope.Call.StartedAt).ThenBy(envelope => envelope.CallId).ToList();
        await store.WriteAsync(new LlmBatch(Writer, 1, [.. envelopes.Take(40)]), Cancel);
        var request = new LlmListRequest { Order = new LlmOrder(LlmField.StartedAt, Descending: false), Limit = 1 };
        var first = await store.ListAsync(request, Cancel);
        await store.WriteAsync(new LlmBatch(Writer, 41, [envelopes[40]]), Cancel);

        (await store.GetAsync(first.Calls[0].Id, Cancel)).ShouldBeNull();
        (await store.ListAsync(request with { Cursor = first.Next }, Cancel)).Calls.ShouldHaveSingleItem().ShouldBe(envelopes[1].Call);
    }

    [Fact]
    public async Task An_export_under_way_sees_the_calls_of_its_beginning()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 2_500 });
        var envelopes = ScriptedCalls.Create(5_000);
        await store.WriteAsync(new LlmBatch(Writer, 1, [.. envelopes.Take(2_500)]), Cancel);
        var seen = new HashSet<Guid>();
        await foreach (var call in store.ExportAsync(LlmFilter.None, Cancel))
        {
            if (seen.Count == 0)
            {
                await store.WriteAsync(new LlmBatch(Writer, 2_501, [.. envelopes.Skip(2_500)]), Cancel);
            }

            seen.Add(call.Id);
        }

        seen.SetEquals(envelopes.Take(2_500).Select(envelope => envelope.CallId)).ShouldBeTrue();
    }

    [Fact]
    public async Task Writers_and_readers_may_work_at_the_same_time()
    {
        var store = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = 500 });
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(
            async () =>
            {
                var all = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(500, seed: writer));
                for (var start = 0; start < 500; start += 10)
                {
                    (await store.WriteAsync(all.Slice(start, 10), Cancel)).Written.ShouldBe(10);
                    var answer = await store.AggregateAsync(new LlmAggregateRequest { GroupBy = [LlmField.Model] }, Cancel);
                    answer.Rows.Sum(row => row.Measures.Calls).ShouldBe(answer.Total.Calls);
                }
            },
            Cancel));
        await Task.WhenAll(writers);

        (store.Count, store.Evicted).ShouldBe((500, 1_500L));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(10_000_001)]
    public void A_bound_out_of_range_is_refused(int maxCalls)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = maxCalls }));
    }
}

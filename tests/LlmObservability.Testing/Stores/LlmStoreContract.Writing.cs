using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Testing.Stores;

/// <content>What is written comes back, once.</content>
public abstract partial class LlmStoreContract
{
    [Fact]
    public async Task Every_field_of_a_call_its_attempts_and_its_tool_calls_comes_back()
    {
        var (sink, store) = await EmptyAsync();
        var envelopes = ScriptedCalls.Create(200);
        var result = await sink.WriteAsync(new LlmBatch(Writer, 1, envelopes), Cancel);

        result.Written.ShouldBe(200);
        result.AlreadyWritten.ShouldBe(0);
        (result.Rejected ?? []).ShouldBeEmpty();
        envelopes.ShouldContain(envelope => envelope.Attempts.Count > 1 && envelope.ToolCalls.Count > 1);
        foreach (var envelope in envelopes)
        {
            var detail = (await store.GetAsync(envelope.Call.Id, Cancel)).ShouldNotBeNull();
            detail.Call.ShouldBe(envelope.Call);
            detail.Call.StartedAt.Offset.ShouldBe(TimeSpan.Zero);
            detail.Attempts.ToList().ShouldBe([.. envelope.Attempts]);
            detail.ToolCalls.ToList().ShouldBe([.. envelope.ToolCalls]);
            detail.Amendments.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_call_with_nothing_but_what_is_required_comes_back()
    {
        var (sink, store) = await EmptyAsync();
        var startedAt = ScriptedCalls.TenDaysAgo;
        var call = new LlmCall { Id = LlmCallId.Create(startedAt), StartedAt = startedAt, Outcome = LlmOutcome.Completed };
        await sink.WriteAsync(new LlmBatch(Writer, 1, [new LlmCallEnvelope(call)]), Cancel);

        (await store.GetAsync(call.Id, Cancel)).ShouldNotBeNull().Call.ShouldBe(call);
    }

    [Fact]
    public async Task Listed_and_exported_calls_are_complete()
    {
        var (_, store, calls) = await FilledAsync(100);
        var byId = calls.ToDictionary(call => call.Id);

        var listed = await ReadAllAsync(store, new LlmListRequest { Limit = 30 });
        var exported = await ExportAsync(store, LlmFilter.None);

        listed.Count.ShouldBe(100);
        exported.Count.ShouldBe(100);
        listed.ShouldAllBe(call => call == byId[call.Id]);
        exported.ShouldAllBe(call => call == byId[call.Id]);
    }

    [Fact]
    public async Task An_unknown_id_has_no_call()
    {
        var (_, store, calls) = await FilledAsync(3);

        (await store.GetAsync(LlmCallId.Create(calls[0].StartedAt), Cancel)).ShouldBeNull();
        (await store.GetAsync(Guid.Empty, Cancel)).ShouldBeNull();
        (await store.GetAsync(new Guid("9d2f4c1e-0000-4000-8000-000000000000"), Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Amendments_come_back_oldest_first_and_leave_the_call_as_it_was()
    {
        var (sink, store, calls) = await FilledAsync(3);
        var script = new ScriptedCalls(5, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        var amendments = Enumerable.Range(0, 20).Select(_ => script.AmendmentOf(calls[1])).ToList();
        var others = Enumerable.Range(0, 3).Select(_ => script.AmendmentOf(calls[2])).ToList();
        var envelopes = amendments.Concat(others).Select(LlmEnvelope (amendment) => new LlmAmendmentEnvelope(amendment)).ToList();
        var result = await sink.WriteAsync(new LlmBatch(Writer, 4, envelopes), Cancel);

        result.Written.ShouldBe(23);
        var detail = (await store.GetAsync(calls[1].Id, Cancel)).ShouldNotBeNull();
        detail.Amendments.ToList().ShouldBe([.. amendments.OrderBy(amendment => amendment.CreatedAt)]);
        detail.Call.ShouldBe(calls[1]);
        (await store.GetAsync(calls[0].Id, Cancel)).ShouldNotBeNull().Amendments.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_amendment_may_travel_in_the_batch_of_its_call_and_counts_once()
    {
        var (sink, store) = await EmptyAsync();
        var script = new ScriptedCalls(6, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        var call = script.NextEnvelope();
        var amendment = script.AmendmentOf(call.Call);
        await sink.WriteAsync(new LlmBatch(Writer, 1, [call, new LlmAmendmentEnvelope(amendment)]), Cancel);
        await sink.WriteAsync(new LlmBatch(Writer, 3, [new LlmAmendmentEnvelope(amendment with { Label = "changed" })]), Cancel);

        (await store.GetAsync(call.Call.Id, Cancel)).ShouldNotBeNull().Amendments.ToList().ShouldBe([amendment]);
    }

    [Fact]
    public async Task A_tool_call_that_travels_by_itself_joins_its_call_once_however_often_it_comes()
    {
        var (sink, store) = await EmptyAsync();
        var envelope = ScriptedCalls.Create(200).First(envelope => envelope.ToolCalls.Count == 2);
        await sink.WriteAsync(new LlmBatch(Writer, 1, [envelope]), Cancel);
        var late = envelope.ToolCalls[0] with { Ordinal = 3, ToolCallId = "late" };
        var batch = new LlmBatch(Writer, 2, [AloneOf(envelope.Call, late), AloneOf(envelope.Call, late with { Ordinal = 4 })]);

        var first = await sink.WriteAsync(batch, Cancel);
        var again = await sink.WriteAsync(batch, Cancel);
        var anew = await sink.WriteAsync(new LlmBatch(Writer, 4, [AloneOf(envelope.Call, late with { Name = "changed" })]), Cancel);

        (first.Written, first.AlreadyWritten).ShouldBe((2, 0));
        (again.Written, again.AlreadyWritten).ShouldBe((0, 2));
        (anew.Written, anew.AlreadyWritten).ShouldBe((0, 1));
        var detail = (await store.GetAsync(envelope.Call.Id, Cancel)).ShouldNotBeNull();
        detail.ToolCalls.ToList().ShouldBe([.. envelope.ToolCalls, late, late with { Ordinal = 4 }]);
        detail.Call.ShouldBe(envelope.Call);
    }

    [Fact]
    public async Task A_tool_call_by_itself_may_share_its_batch_with_its_call_and_with_what_is_there_already()
    {
        var (sink, store, calls) = await FilledAsync(3);
        var fresh = ScriptedCalls.Create(200, seed: 7).First(envelope => envelope.ToolCalls.Count == 0);
        var tool = new LlmToolCall { Ordinal = 1, StartedAt = fresh.Call.StartedAt, Name = "look", Outcome = LlmOutcome.Completed };
        var known = new LlmCallEnvelope(calls[0]);
        var result = await sink.WriteAsync(
            new LlmBatch(Writer, 4, [fresh, AloneOf(fresh.Call, tool), known, AloneOf(fresh.Call, tool with { Name = "twice" })]), Cancel);

        (result.Written, result.AlreadyWritten).ShouldBe((2, 2));
        (await store.GetAsync(fresh.Call.Id, Cancel)).ShouldNotBeNull().ToolCalls.ShouldBe([tool]);
        (await store.GetAsync(calls[0].Id, Cancel)).ShouldNotBeNull().Call.ShouldBe(calls[0]);
    }

    [Fact]
    public async Task A_tool_call_of_a_call_that_is_not_there_is_kept_or_rejected_and_is_no_call()
    {
        var (sink, store, calls) = await FilledAsync(3);
        var unknown = ScriptedCalls.Create(1, seed: 8)[0].Call;
        var tool = new LlmToolCall { Ordinal = 1, StartedAt = unknown.StartedAt, Name = "look", Outcome = LlmOutcome.Completed };
        var result = await sink.WriteAsync(new LlmBatch(Writer, 4, [AloneOf(unknown, tool), AloneOf(calls[0], tool with { Ordinal = 99 })]), Cancel);

        var rejected = result.Rejected ?? [];
        (result.Written + rejected.Count).ShouldBe(2);
        rejected.ShouldAllBe(rejection => rejection == new LlmRejection(4, LlmDropReason.OutsideWindow));
        (await store.GetAsync(unknown.Id, Cancel)).ShouldBeNull();
        (await store.GetAsync(calls[0].Id, Cancel)).ShouldNotBeNull().ToolCalls.ShouldContain(row => row.Ordinal == 99);
        (await ExportAsync(store, LlmFilter.None)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_batch_that_comes_again_is_recognised()
    {
        var (sink, store) = await EmptyAsync();
        var batch = new LlmBatch(Writer, 1, ScriptedCalls.Create(40));
        await sink.WriteAsync(batch, Cancel);
        var again = await sink.WriteAsync(batch, Cancel);

        (again.Written, again.AlreadyWritten).ShouldBe((0, 40));
        (await ExportAsync(store, LlmFilter.None)).Count.ShouldBe(40);
    }

    [Fact]
    public async Task A_batch_that_is_cut_differently_gives_each_call_once()
    {
        var (sink, store) = await EmptyAsync();
        var envelopes = ScriptedCalls.Create(100);
        var all = new LlmBatch(Writer, 1, envelopes);
        var written = 0;
        foreach (var (start, count, fresh) in new[] { (0, 30, 30), (20, 25, 15), (0, 46, 1), (46, 1, 1), (10, 90, 53), (0, 100, 0) })
        {
            var result = await sink.WriteAsync(all.Slice(start, count), Cancel);
            (result.Written, result.AlreadyWritten).ShouldBe((fresh, count - fresh));
            written += result.Written;
        }

        written.ShouldBe(100);
        ShouldBeTheSame(
            await ExportAsync(store, LlmFilter.None),
            CallFacts.Ordered(envelopes.Select(envelope => envelope.Call), LlmField.StartedAt, descending: false));
    }

    [Fact]
    public async Task Two_writers_may_use_the_same_numbers()
    {
        var (sink, store, calls) = await FilledAsync(10);
        var others = ScriptedCalls.Create(10, seed: 2);
        var result = await sink.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, others), Cancel);

        result.Written.ShouldBe(10);
        (await ExportAsync(store, LlmFilter.None)).Select(call => call.Id)
            .ShouldBe(calls.Concat(others.Select(envelope => envelope.Call)).Select(call => call.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task A_cancelled_write_writes_nothing_and_can_be_repeated()
    {
        var (sink, store) = await EmptyAsync();
        var batch = new LlmBatch(Writer, 1, ScriptedCalls.Create(5));
        await Should.ThrowAsync<OperationCanceledException>(async () => await sink.WriteAsync(batch, new CancellationToken(true)));
        (await ExportAsync(store, LlmFilter.None)).ShouldBeEmpty();

        (await sink.WriteAsync(batch, Cancel)).Written.ShouldBe(5);
    }

    [Fact]
    public async Task Reads_honour_their_cancellation_token()
    {
        var (_, store, calls) = await FilledAsync(20);
        var cancelled = new CancellationToken(true);

        await Should.ThrowAsync<OperationCanceledException>(async () => await store.GetAsync(calls[0].Id, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await store.ListAsync(new LlmListRequest(), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await store.AggregateAsync(new LlmAggregateRequest(), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.Model }, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var call in store.ExportAsync(LlmFilter.None, cancelled))
            {
                call.ShouldBeNull("a cancelled export has no calls");
            }
        });
    }

    [Fact]
    public async Task An_export_ends_when_it_is_cancelled_midway()
    {
        var (_, store, _) = await FilledAsync(50);
        using var source = new CancellationTokenSource();
        var seen = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var call in store.ExportAsync(LlmFilter.None, source.Token))
            {
                call.ShouldNotBeNull();
                seen++;
                await source.CancelAsync();
            }
        });

        seen.ShouldBe(1);
    }

    private static LlmToolCallEnvelope AloneOf(LlmCall call, LlmToolCall toolCall) => new(call.Id, call.StartedAt, toolCall);
}

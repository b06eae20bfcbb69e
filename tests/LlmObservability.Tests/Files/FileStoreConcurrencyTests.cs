using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreConcurrencyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writers_readers_and_exports_may_work_at_the_same_time()
    {
        await using var rig = new FileStoreRig { Options = { MaxCalls = 500 } };
        await rig.OpenAsync();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(
            async () =>
            {
                var all = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(500, seed: writer));
                for (var start = 0; start < 500; start += 10)
                {
                    (await rig.Store.WriteAsync(all.Slice(start, 10), Token)).Written.ShouldBe(10);
                    (await rig.Store.GetAsync(all.Envelopes[start].CallId, Token)).ShouldNotBeNull("what was written is shown");
                    var answer = await rig.Store.AggregateAsync(new LlmAggregateRequest { GroupBy = [LlmField.Model] }, Token);
                    answer.Rows.Sum(row => row.Measures.Calls).ShouldBe(answer.Total.Calls);
                }
            },
            Token)).ToList();
        // More than may run at once.
        var exporters = Enumerable.Range(0, 6).Select(_ => Task.Run(
            async () =>
            {
                for (var count = 0; count < 3; count++)
                {
                    (await rig.LinesAsync()).ShouldBeUnique();
                }
            },
            Token));
        await Task.WhenAll([.. writers, .. exporters]);

        (await rig.LinesAsync()).Count.ShouldBe(2_000);
        await rig.ReopenAsync();
        (await rig.LinesAsync()).Count.ShouldBe(2_000);
        (await rig.CallsAsync()).Count.ShouldBe(500);
    }

    [Fact]
    public async Task Preparations_at_the_same_time_open_once()
    {
        await using var rig = new FileStoreRig();
        await using var store = rig.New();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await store.PrepareAsync(Token), Token)));

        rig.Log.Events.ShouldBe(["FileStoreOpened"]);
        rig.Segments.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_disposal_amid_writes_keeps_what_was_acknowledged_and_nothing_else()
    {
        var (kept, refused) = (0, 0);
        for (var round = 0; round < 60; round++)
        {
            await using var rig = new FileStoreRig();
            await rig.OpenAsync();
            var calls = ScriptedCalls.Create(50, seed: round);
            await rig.WriteAsync(1, [.. calls.Take(10)]);
            var writes = Enumerable.Range(1, 4).Select(batch => rig.WriteAsync((batch * 10) + 1, [.. calls.Skip(batch * 10).Take(10)])).ToList();
            if (round % 3 == 0)
            {
                await Task.Yield();
            }

            var disposing = round % 2 == 0 ? rig.Store.DisposeAsync() : Dispose(rig);
            var acknowledged = new List<string>(calls.Take(10).Select(FileStoreRig.LineOf));
            foreach (var (batch, write) in writes.Select((write, index) => (index, write)))
            {
                try
                {
                    (await write).Written.ShouldBe(10);
                    acknowledged.AddRange(calls.Skip((batch + 1) * 10).Take(10).Select(FileStoreRig.LineOf));
                    kept++;
                }
                catch (ObjectDisposedException)
                {
                    refused++;
                }
            }

            await disposing;
            await Should.ThrowAsync<ObjectDisposedException>(() => rig.WriteAsync(51, calls[0]));
            await rig.ReopenAsync();
            (await rig.LinesAsync()).ShouldBe(acknowledged, ignoreOrder: true);
        }

        (kept + refused).ShouldBe(240);
        refused.ShouldBeGreaterThan(0);
    }

    private static ValueTask Dispose(FileStoreRig rig)
    {
        rig.Store.Dispose();
        return ValueTask.CompletedTask;
    }
}

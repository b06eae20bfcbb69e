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
    public async Task A_disposal_amid_writes_loses_nothing_that_was_acknowledged()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var rig = new FileStoreRig();
            await rig.OpenAsync();
            var script = new ScriptedCalls(round, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
            var acknowledged = new List<LlmEnvelope>();
            using var begun = new SemaphoreSlim(0);
            var writing = Task.Run(
                async () =>
                {
                    while (acknowledged.Count < 100_000)
                    {
                        LlmEnvelope[] batch = [.. Enumerable.Range(0, 10).Select(_ => script.NextEnvelope())];
                        await rig.WriteAsync(acknowledged.Count + 1, batch);
                        acknowledged.AddRange(batch);
                        begun.Release();
                    }
                },
                Token);
            for (var batches = 0; batches < round % 7; batches++)
            {
                await begun.WaitAsync(Token);
            }

            if (round % 2 == 0)
            {
                await rig.Store.DisposeAsync();
            }
            else
            {
                rig.Store.Dispose();
            }

            await Should.ThrowAsync<ObjectDisposedException>(() => writing);
            await rig.ReopenAsync();
            (await rig.LinesAsync()).ShouldBe(acknowledged.Select(FileStoreRig.LineOf));
        }
    }
}

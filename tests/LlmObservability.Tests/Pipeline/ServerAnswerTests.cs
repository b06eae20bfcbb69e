using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pipeline;

/// <summary>What a sink passes on of its server's answers: how long it asks to be left alone, and that it refused a part.</summary>
public sealed class ServerAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(90, 90)]
    [InlineData(3600, 300)]
    [InlineData(-1, 0)]
    public async Task A_sink_is_left_alone_for_as_long_as_its_server_asks_and_no_longer_than_the_bound(int asked, int least)
    {
        await using var rig = new PipelineRig(options => options.Pipeline.RetryDelay = options.Pipeline.MaxRetryDelay = TimeSpan.FromSeconds(1));
        var writes = new List<DateTimeOffset>();
        rig.Sink.BeforeWrite = (_, _) =>
        {
            writes.Add(rig.Time.GetUtcNow());
            return writes.Count == 1 ? Task.FromException(new LlmSinkException("busy") { RetryAfter = TimeSpan.FromSeconds(asked) }) : Task.CompletedTask;
        };
        await rig.CallAsync();
        rig.Time.Advance(PipelineRig.Flush);
        await Eventually.Is(() => rig.Statistics.Retries == 1, "the first write failed");
        await Eventually.Is(
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return rig.Statistics.Written == 1;
            },
            "it was written after the pause");
        (writes[1] - writes[0]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(least));
    }

    [Fact]
    public async Task The_bound_of_what_a_server_may_ask_is_five_minutes()
    {
        await using var rig = new PipelineRig(options => options.Pipeline.RetryDelay = options.Pipeline.MaxRetryDelay = TimeSpan.FromSeconds(1));
        await rig.FailOnceAsync(new LlmSinkException("busy") { RetryAfter = TimeSpan.FromDays(1) });
        rig.Sink.BeforeWrite = (_, _) => Task.CompletedTask;
        // The pause begins a little after its failure is counted; the clock never comes near the day that was asked for.
        var moves = 0;
        await Eventually.Is(
            () =>
            {
                if (moves++ < 50)
                {
                    rig.Time.Advance(LlmSinkException.MaxRetryAfter);
                }

                return rig.Statistics.Written == 1;
            },
            "it was written within hours");
    }

    [Fact]
    public async Task What_a_server_refused_without_saying_which_is_counted_and_the_batch_put_aside()
    {
        var directory = Directory.CreateTempSubdirectory("llm-unidentified");
        try
        {
            var options = new LlmObservabilityOptions { Pipeline = { Directory = directory.FullName, FlushInterval = TimeSpan.FromSeconds(30) } };
            await using (var observer = LlmObserver.Create([new PartlyRefusingSink()], options))
            {
                using var client = new ScriptedChatClient().WithLlmObservability(observer);
                for (var i = 0; i < 5; i++)
                {
                    await client.GetResponseAsync(Observing.Hello, null, Token);
                }

                await observer.FlushAsync(Token);
                var statistics = observer.GetStatistics().Sinks.Single();
                (statistics.Written, statistics.Dropped[LlmDropReason.Poison]).ShouldBe((3, 2));
            }

            var aside = Directory.GetFiles(directory.FullName, "*.aside.jsonl", SearchOption.AllDirectories).ShouldHaveSingleItem();
            var lines = await File.ReadAllLinesAsync(aside, Token);
            lines.Length.ShouldBe(5);
            lines.ShouldAllBe(line => line.Contains("2 of these 5 records were refused", StringComparison.Ordinal));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private sealed class PartlyRefusingSink : ILlmSink
    {
        public string Name => "partly";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count - 2, 0) { Unidentified = 2 });
    }
}

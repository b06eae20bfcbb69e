using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Tests.Pipeline;

/// <summary>The pipeline does not observe itself: what a sink does belongs to no call and to nobody's trace.</summary>
public sealed class PipelineAmbienceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_sees_neither_the_activity_nor_the_ambient_values_of_the_call_that_starts_its_worker(bool flowSuppressed)
    {
        var seen = new ConcurrentQueue<(string What, Activity? Activity, string? Ambient)>();
        var ambient = new AsyncLocal<string?>();
        var sink = new RecordingSink();
        var writes = 0;
        sink.OnPrepare = _ =>
        {
            seen.Enqueue(("prepare", Activity.Current, ambient.Value));
            return Task.CompletedTask;
        };
        sink.BeforeWrite = (_, _) =>
        {
            seen.Enqueue(("write", Activity.Current, ambient.Value));
            return ++writes == 1 ? throw new LlmSinkException("away") : Task.CompletedTask;
        };
        var services = new ServiceCollection();
        services.AddLlmObservability(o => o.Pipeline.RetryDelay = TimeSpan.FromSeconds(30)).AddSink("recording", _ => sink);
        await using var provider = services.BuildServiceProvider();
        var observer = provider.GetRequiredService<LlmObserver>();
        using var client = new ScriptedChatClient().WithLlmObservability(observer);

        // No host has started it: the first call does, from inside a request.
        using var activity = new Activity("request").Start();
        ambient.Value = "a request's";
        if (flowSuppressed)
        {
            using (ExecutionContext.SuppressFlow())
            {
                _ = client.GetResponseAsync(Observing.Hello, null, Token);
            }
        }
        else
        {
            await client.GetResponseAsync(Observing.Hello, null, Token);
        }

        await Eventually.Is(() => observer.GetStatistics().Sinks.Single().Retries == 1, "the first write failed");
        // Ends the pause, and asks for a flush, from inside the request too.
        observer.SetSinkEnabled("recording", enabled: false);
        observer.SetSinkEnabled("recording", enabled: true);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        seen.Select(entry => entry.What).Distinct().ShouldBe(["prepare", "write"]);
        seen.ShouldAllBe(entry => entry.Activity == null && entry.Ambient == null);
    }
}

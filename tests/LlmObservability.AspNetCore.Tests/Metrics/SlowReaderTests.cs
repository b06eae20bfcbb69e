using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class SlowReaderTests : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<ILoggerFactory, RecordedLog>()
        .AddSingleton(Options.Create(new LlmAspNetCoreOptions())).AddSingleton<MetricsEndpoint>().BuildServiceProvider();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task More_than_a_few_readers_at_once_are_sent_away_until_one_has_done()
    {
        var goOn = new TaskCompletionSource();
        var slow = Enumerable.Range(0, 8).Select(_ => AnswerAsync(goOn.Task)).ToList();
        slow.ShouldAllBe(answering => !answering.IsCompleted);

        var refused = await AnswerAsync(Task.CompletedTask);
        goOn.SetResult();
        var served = await Task.WhenAll(slow);
        var after = await AnswerAsync(Task.CompletedTask);

        (refused.StatusCode, refused.Headers.RetryAfter.ToString()).ShouldBe((503, "1"));
        served.ShouldAllBe(response => response.StatusCode == 200);
        after.StatusCode.ShouldBe(200);
    }

    private async Task<HttpResponse> AnswerAsync(Task reading)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = new SlowStream(reading);
        await _services.GetRequiredService<MetricsEndpoint>().AnswerAsync(context);
        return context.Response;
    }

    private sealed class SlowStream(Task reading) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(reading.WaitAsync(cancellationToken));
    }
}

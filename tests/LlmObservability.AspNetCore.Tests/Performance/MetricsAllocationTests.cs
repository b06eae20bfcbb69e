using System.Diagnostics.Metrics;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability.AspNetCore.Tests.Performance;

public sealed class MetricsAllocationTests
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Serving_metrics_adds_no_allocation_to_a_call(bool gatewayNames)
    {
        var (off, _) = await AllocatedAsync(null);
        var (on, counted) = await AllocatedAsync(new LlmMetricsOptions { GatewayNames = gatewayNames });

        on.ShouldBe(off);
        counted.ShouldBeGreaterThan(0);
    }

    // The least of several rounds: what the runtime itself does only ever adds.
    private static async Task<(long Bytes, double Counted)> AllocatedAsync(LlmMetricsOptions? options)
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        await using var observer = new LlmObserver(new LlmObservabilityOptions(), [new RecordingSink()], TimeProvider.System, NullLoggerFactory.Instance, meters);
        using var collector = options is null ? null : new MetricsCollector(meters, options, NullLogger.Instance);
        using var client = new Instant().WithLlmObservability(observer);
        var least = long.MaxValue;
        var thread = new Thread(() =>
        {
            for (var round = 0; round < 100; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var call = 0; call < 200; call++)
                {
                    _ = client.GetResponseAsync(Messages);
                }

                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        collector?.Write(new ExpositionWriter(body, openMetrics: true));
        var read = collector is null ? null : Metrics.Exposition.Parse(System.Text.Encoding.UTF8.GetString(body.WrittenSpan), openMetrics: true);
        return (least / 200, read?.Sum("gen_ai_client_operation_duration_seconds_count") ?? 0);
    }

    private sealed class Instant : IChatClient
    {
        private readonly Task<ChatResponse> _response = Task.FromResult(ScriptedChatClient.Response());

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            _response;

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini") : null;

        public void Dispose()
        {
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests;

/// <summary>Buffers that are lent are given back, whatever a write comes to.</summary>
public sealed class PostgresBufferTests(PostgresServer server) : PostgresDatabase(server)
{
    // Nobody else borrows any that are so large.
    private const int Large = 16 * 1024 * 1024;

    [Theory]
    [InlineData("")]
    [InlineData("ALTER FUNCTION llm.claim_batch(uuid, bigint, bigint) RENAME TO gone")]
    [InlineData("DROP TABLE llm.calls CASCADE")]
    public async Task A_batch_s_buffers_are_given_back_wherever_its_transaction_ends(string broken)
    {
        var store = await PreparedAsync();
        if (broken.Length > 0)
        {
            await ExecuteAsync(broken);
        }

        using var pool = new PoolListener();
        var call = new ScriptedCalls(1, DateTimeOffset.UtcNow.AddMinutes(-5), TimeSpan.FromMinutes(1)).NextCall() with
        {
            AttemptCount = 1,
            ToolCallCount = 0,
            ResponseId = new string('x', Large / 2),
        };
        var write = store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call)]), Token).AsTask();
        if (broken.Length > 0)
        {
            await Should.ThrowAsync<LlmSinkException>(write);
        }
        else
        {
            (await write).Written.ShouldBe(1);
        }

        pool.Lent.ShouldBeGreaterThan(0);
        await Eventually.Is(() => pool.Out == 0, "all are given back");
    }

    private sealed class PoolListener : EventListener
    {
        private readonly ConcurrentDictionary<int, int> _out = new();
        private int _lent;

        public int Lent => _lent;

        public int Out => _out.Values.Sum();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
            {
                EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.Payload is not [int id, int size, ..] || size < Large)
            {
                return;
            }

            if (eventData.EventName == "BufferRented")
            {
                Interlocked.Increment(ref _lent);
                _out.AddOrUpdate(id, 1, static (_, count) => count + 1);
            }
            else if (eventData.EventName == "BufferReturned")
            {
                _out.AddOrUpdate(id, -1, static (_, count) => count - 1);
            }
        }
    }
}

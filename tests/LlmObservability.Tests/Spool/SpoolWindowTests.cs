using LlmObservability.Sinks;
using LlmObservability.Spool;

namespace LlmObservability.Tests.Spool;

public sealed class SpoolWindowTests
{
    [Fact]
    public void A_batch_ends_where_numbers_are_left_out()
    {
        // What went to the sink without the log has numbers too, so positions that follow each other may not have such numbers.
        var window = new SpoolWindow(100, 1_000);
        var writer = Guid.NewGuid();
        long[] numbers = [4, 5, 9, 10];
        for (var i = 0; i < numbers.Length; i++)
        {
            window.Add(new SpooledEnvelope(i + 1, writer, numbers[i], DateTimeOffset.UnixEpoch, LlmObservability.Testing.ScriptedCalls.Create(1)[0], 10), 0);
        }

        var first = window.Take(10, 1_000, out var through);
        (first.FirstSequence, first.Envelopes.Count, through).ShouldBe((4, 2, 2));
        var second = window.Take(10, 1_000, out through);
        (second.FirstSequence, second.Envelopes.Count, through).ShouldBe((9, 2, 4));
        window.Count.ShouldBe(0);
    }
}

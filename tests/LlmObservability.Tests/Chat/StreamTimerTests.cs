using LlmObservability.Chat;

namespace LlmObservability.Tests.Chat;

public class StreamTimerTests
{
    private const long Quick = 20;

    [Fact]
    public void Both_ends_of_a_step_are_told_apart_exactly()
    {
        var timer = default(StreamTimer);
        timer.ProviderTurn(100, Quick);
        timer.ConsumerTurn(150, Quick);
        timer.ProviderTurn(1_150, Quick);
        timer.ConsumerTurn(1_160, Quick);
        timer.Provider.ShouldBe(60);
        timer.IsQuick.ShouldBeFalse();
    }

    [Fact]
    public void After_several_quick_steps_their_end_goes_unread()
    {
        var timer = default(StreamTimer);
        QuickSteps(ref timer, 4);
        timer.IsQuick.ShouldBeTrue();
    }

    [Fact]
    public void One_step_at_most_is_counted_wrongly_and_the_rest_of_the_stream_exactly()
    {
        var timer = default(StreamTimer);
        var now = QuickSteps(ref timer, 4);
        timer.ProviderTurn(now, Quick);
        // Unread: the provider blocks for a second, and nobody can tell that it was not the consumer.
        timer.ConsumerTurn();
        timer.ProviderTurn(now += 1_000_000, Quick);
        timer.Provider.ShouldBe(4);
        timer.ConsumerTurn(now += 5, Quick);

        timer.IsQuick.ShouldBeFalse();
        for (var i = 0; i < 10; i++)
        {
            timer.ProviderTurn(now += 1, Quick);
            timer.ConsumerTurn(now += 1, Quick);
            timer.IsQuick.ShouldBeFalse();
        }

        timer.Provider.ShouldBe(19);
    }

    private static long QuickSteps(ref StreamTimer timer, int count)
    {
        long now = 0;
        for (var i = 0; i < count; i++)
        {
            timer.ProviderTurn(now += 1, Quick);
            timer.ConsumerTurn(now += 1, Quick);
        }

        return now + 1;
    }
}

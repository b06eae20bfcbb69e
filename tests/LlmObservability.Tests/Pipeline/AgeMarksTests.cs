using LlmObservability.Pipeline;

namespace LlmObservability.Tests.Pipeline;

public sealed class AgeMarksTests
{
    [Fact]
    public void Nothing_that_waits_has_no_age()
    {
        var marks = new AgeMarks();
        marks.Add(oldest: 1, admitted: 0, now: 5);
        marks.Since(1).ShouldBeNull();
    }

    [Fact]
    public void A_place_is_as_old_as_the_first_mark_that_found_it()
    {
        var marks = new AgeMarks();
        marks.Add(1, 3, now: 10);
        marks.Add(1, 3, now: 11);
        marks.Add(1, 5, now: 12);
        marks.Since(1).ShouldBe(10);
        marks.Since(3).ShouldBe(10);
        marks.Since(4).ShouldBe(12);
        marks.Since(6).ShouldBeNull();
    }

    [Fact]
    public void A_backlog_of_a_week_is_marked_within_a_thirtieth_and_a_bounded_number_of_marks()
    {
        const long Week = 7 * 24 * 60 * 60 * 5;
        var marks = new AgeMarks();
        // One record a tick, five ticks a second, and nothing is taken.
        for (var now = 1L; now <= Week; now++)
        {
            marks.Add(1, now, now);
        }

        for (var oldest = 1L; oldest <= Week; oldest += 997)
        {
            var since = marks.Since(oldest);
            if (since is null)
            {
                oldest.ShouldBeGreaterThan(Week - (Week / 30));
                break;
            }

            since.Value.ShouldBeInRange(oldest, oldest + (oldest / 30) + 1);
        }
    }
}

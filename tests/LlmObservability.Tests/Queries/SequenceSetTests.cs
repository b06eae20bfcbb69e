using LlmObservability.Queries;

namespace LlmObservability.Tests.Queries;

public sealed class SequenceSetTests
{
    [Fact]
    public void Ranges_in_any_order_are_remembered_exactly()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (numbers, expected) = (new SequenceSet(), new HashSet<long>());
            for (var step = 0; step < 40; step++)
            {
                var first = random.Next(1, 200);
                var last = first + random.Next(6);
                numbers.Add(first, last);
                expected.UnionWith(Enumerable.Range(first, last - first + 1).Select(number => (long)number));
            }

            Enumerable.Range(0, 220).Where(number => numbers.Contains(number)).ShouldBe(
                Enumerable.Range(0, 220).Where(number => expected.Contains(number)), $"seed {seed}");
        }
    }

    [Fact]
    public void The_oldest_gaps_close_when_there_are_too_many_and_no_number_is_forgotten()
    {
        var numbers = new SequenceSet();
        const int Last = 6 * SequenceSet.MaxRanges;
        for (var number = 1; number <= Last; number += 2)
        {
            numbers.Add(number, number);
        }

        numbers.Contains(2).ShouldBeTrue();
        for (var number = Last - 1; number > Last - SequenceSet.MaxRanges; number -= 2)
        {
            numbers.Contains(number).ShouldBeTrue();
            numbers.Contains(number + 1).ShouldBeFalse();
        }

        numbers.Contains(1).ShouldBeTrue();
        numbers.Contains((Last / 2) + 1).ShouldBeTrue();
    }
}

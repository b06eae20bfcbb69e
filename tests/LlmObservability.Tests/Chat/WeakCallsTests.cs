using LlmObservability.Calls;

namespace LlmObservability.Tests.Chat;

public class WeakCallsTests
{
    [Fact]
    public void A_call_is_found_as_long_as_its_key_lives_however_many_come_after()
    {
        var calls = new WeakCalls();
        var keys = Enumerable.Range(0, 3).Select(_ => new object()).ToArray();
        var found = keys.Select(_ => Call()).ToArray();
        for (var i = 0; i < keys.Length; i++)
        {
            calls.Set(keys[i], found[i]);
            Fill(calls, WeakCalls.TableSize * WeakCalls.MaxTables * 2);
        }

        keys.Select(calls.Find).ShouldBe(found);
        calls.Find(new object()).ShouldBeNull();
    }

    [Fact]
    public void The_last_call_of_a_key_wins_also_after_the_tables_turned()
    {
        var calls = new WeakCalls();
        var key = new object();
        calls.Set(key, Call());
        Fill(calls, WeakCalls.TableSize * 3);
        var last = Call();
        calls.Set(key, last);
        for (var i = 0; i < WeakCalls.MaxTables * 2; i++)
        {
            calls.Find(key).ShouldBeSameAs(last);
            Fill(calls, WeakCalls.TableSize);
        }
    }

    private static LlmCall Call() => new() { Id = Guid.NewGuid(), StartedAt = default, Outcome = LlmOutcome.Completed };

    private static void Fill(WeakCalls calls, int count)
    {
        var call = Call();
        for (var i = 0; i < count; i++)
        {
            calls.Set(new object(), call);
        }
    }
}

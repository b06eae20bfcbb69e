using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Queries;

public sealed class LlmCursorTests
{
    private static readonly LlmCall Call = new ScriptedCalls(1, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1)).NextCall();

    [Fact]
    public void A_cursor_comes_back_from_its_text_for_every_field()
    {
        foreach (var field in LlmField.All)
        {
            var request = new LlmListRequest { Order = new LlmOrder(field, Descending: true) };
            var cursor = LlmCursor.After(Call, request);
            cursor.OrderField.ShouldBe(field.Name);
            LlmCursor.Parse(cursor.ToString(), request).ShouldBe(cursor);
        }
    }

    [Fact]
    public void Any_text_can_be_a_key()
    {
        // Not as attribute data: an attribute cannot hold half a surrogate pair.
        var request = new LlmListRequest { Order = new LlmOrder(LlmField.User, Descending: false) };
        foreach (var key in new[] { null, "", "😀 模型", "\ud800", "a\0b" })
        {
            var cursor = LlmCursor.After(Call, request) with { Key = key };
            LlmCursor.Parse(cursor.ToString(), request).Key.ShouldBe(key);
        }
    }

    [Fact]
    public void The_longest_tag_value_fits()
    {
        var request = new LlmListRequest { Order = new LlmOrder(LlmField.User, Descending: false) };
        var cursor = LlmCursor.After(Call, request) with { Key = new string('型', 4_096) };
        cursor.ToString().Length.ShouldBeLessThanOrEqualTo(LlmCursor.MaxLength);
        LlmCursor.Parse(cursor.ToString(), request).ShouldBe(cursor);
    }

    [Fact]
    public void A_cursor_longer_than_the_longest_is_refused()
    {
        var request = new LlmListRequest { Order = new LlmOrder(LlmField.User, Descending: false) };
        var text = (LlmCursor.After(Call, request) with { Key = new string('a', LlmCursor.MaxLength) }).ToString();
        Should.Throw<LlmQueryException>(() => LlmCursor.Parse(text, request)).Parameter.ShouldBe("cursor");
    }

    [Fact]
    public void A_key_that_is_no_value_of_the_field_is_refused()
    {
        var request = new LlmListRequest { Order = new LlmOrder(LlmField.DurationUs, Descending: false) };
        var text = (LlmCursor.After(Call, request) with { Key = "1; DROP TABLE x" }).ToString();
        Should.Throw<LlmQueryException>(() => LlmCursor.Parse(text, request)).Parameter.ShouldBe("cursor");
    }

    [Fact]
    public void The_order_of_conditions_and_values_makes_no_other_query()
    {
        LlmCondition a = new(LlmField.User, LlmOperator.In, "x", "y");
        LlmCondition b = new(LlmField.Model, LlmOperator.Present);
        LlmCondition c = new(LlmField.User, LlmOperator.In, "y", "x");
        LlmCursor.HashOf(Request(a, b)).ShouldBe(LlmCursor.HashOf(Request(b, c)));
        LlmCursor.HashOf(Request(a, b)).ShouldNotBe(LlmCursor.HashOf(Request(a)));
    }

    [Fact]
    public void The_hash_of_a_query_never_changes()
    {
        var request = Request(new LlmCondition(LlmField.User, LlmOperator.In, "x")) with
        {
            Order = new LlmOrder(LlmField.DurationUs, Descending: true),
        };
        LlmCursor.HashOf(request).ShouldBe(17296635935647621831UL);
    }

    private static LlmListRequest Request(params LlmCondition[] conditions) => new() { Filter = new LlmFilter { Conditions = conditions } };
}

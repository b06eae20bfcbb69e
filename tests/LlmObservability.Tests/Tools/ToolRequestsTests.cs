using System.Diagnostics;
using LlmObservability.Calls;

namespace LlmObservability.Tests.Tools;

public class ToolRequestsTests
{
    private readonly ToolRequests _requests = new();
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ActivityTraceId _otherTrace = ActivityTraceId.CreateRandom();

    [Fact]
    public void The_oldest_make_room()
    {
        for (var i = 0; i < ToolRequests.Capacity + 10; i++)
        {
            Add($"tool {i}", $"id {i}");
        }

        _requests.Take("tool 9", null, default, null).ShouldBeNull();
        _requests.Take("tool 10", null, default, null)!.ToolCallId.ShouldBe("id 10");
        _requests.Take("tool 10", null, default, null).ShouldBeNull();
        _requests.Take($"tool {ToolRequests.Capacity + 9}", null, default, null).ShouldNotBeNull();
    }

    [Fact]
    public void Of_one_name_too()
    {
        for (var i = 0; i < 3 * ToolRequests.Capacity; i++)
        {
            Add("look", $"id {i}");
            if (i % 3 == 0)
            {
                _requests.Take("look", $"id {i}", default, null).ShouldNotBeNull();
            }
        }

        var left = 0;
        while (_requests.Take("look", null, default, null) is not null && left <= ToolRequests.Capacity)
        {
            left++;
        }

        left.ShouldBeInRange(ToolRequests.Capacity * 2 / 3, (ToolRequests.Capacity * 2 / 3) + 1);
    }

    [Fact]
    public void What_a_trace_contradicts_is_not_taken_though_the_scope_is_the_same()
    {
        using var scope = LlmScope.Begin(("route", "/"));
        Add("look", "id", _trace, scope);
        _requests.Take("look", null, _otherTrace, scope).ShouldBeNull();
        _requests.Take("look", null, default, scope).ShouldNotBeNull();
    }

    [Fact]
    public void Of_one_trace_the_same_scope_comes_first()
    {
        using var one = LlmScope.Begin(("route", "/1"));
        using var two = LlmScope.Begin(("route", "/2"));
        Add("look", "id 1", _trace, one);
        Add("look", "id 2", _trace, two);
        _requests.Take("look", null, _trace, one)!.ToolCallId.ShouldBe("id 1");
        _requests.Take("look", null, _trace, null)!.ToolCallId.ShouldBe("id 2");
    }

    [Fact]
    public void Of_equal_ids_that_of_the_same_trace_comes_first_then_the_newest()
    {
        Add("look", "call_0", _trace);
        Add("look", "call_0", _otherTrace);
        var newest = Add("look", "call_0");
        _requests.Take("look", "call_0", _trace, null)!.Trace.ShouldBe(_trace);
        _requests.Take("look", "call_0", _trace, null)!.CallId.ShouldBe(newest);
        _requests.Take("look", "call_1", _otherTrace, null).ShouldBeNull();
        _requests.Take("seek", "call_0", _otherTrace, null).ShouldBeNull();
        _requests.Take("look", "call_0", default, null)!.Trace.ShouldBe(_otherTrace);
    }

    private Guid Add(string name, string id, ActivityTraceId trace = default, LlmScope? scope = null)
    {
        var startedAt = DateTimeOffset.UtcNow;
        var callId = LlmCallId.Create(startedAt);
        _requests.Add(new ToolRequest
        {
            Name = name,
            ToolCallId = id,
            CallId = callId,
            CallStartedAt = startedAt,
            Ordinal = 1,
            Trace = trace,
            Scope = scope?.Identity,
        });
        return callId;
    }
}

using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>A point in time.</summary>
internal sealed class TimeParameter(string name, string description) : ApiParameter(name, description)
{
    public DateTimeOffset? Read(ApiQuery query) => query.Single(Name) is not { } text ? null
        : LlmValue.TryParseTime(text, out var time) ? time
        : throw ProblemException.Invalid(Name, $"'{Name}' is a time such as 2026-01-31T23:59:59Z; a + in it is written %2B.");

    public override JsonObject Schema() => new() { ["type"] = "string", ["format"] = "date-time" };
}

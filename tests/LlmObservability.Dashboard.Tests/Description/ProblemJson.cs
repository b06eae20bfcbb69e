using System.Text.Json;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>What a problem must say.</summary>
internal static class ProblemJson
{
    public static void ShouldSay(this JsonElement problem, string code, string parameter)
    {
        problem.GetProperty("code").GetString().ShouldBe(code);
        (problem.TryGetProperty("parameter", out var said) ? said.GetString() : null).ShouldBe(parameter);
    }
}

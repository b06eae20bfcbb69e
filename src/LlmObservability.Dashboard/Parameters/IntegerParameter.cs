using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>A whole number between bounds.</summary>
internal sealed class IntegerParameter(string name, int least, int most, int usual, string description) : ApiParameter(name, description)
{
    public int Read(ApiQuery query)
    {
        if (query.Single(Name) is not { } text)
        {
            return usual;
        }

        return LlmValue.TryParseInteger(text, out var value) && value >= least && value <= most
            ? (int)value
            : throw ProblemException.Invalid(Name, FormattableString.Invariant($"'{Name}' is a whole number from {least} to {most}."));
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "integer",
        ["minimum"] = least,
        ["maximum"] = most,
        ["default"] = usual,
    };
}

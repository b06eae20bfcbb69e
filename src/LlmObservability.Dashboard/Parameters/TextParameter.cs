using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>Any text that a store takes, up to a length.</summary>
internal sealed class TextParameter(string name, int mostCharacters, string description) : ApiParameter(name, description)
{
    public string? Read(ApiQuery query)
    {
        var text = query.Single(Name);
        return text is null || (text.Length <= mostCharacters && LlmValue.IsText(text))
            ? text
            : throw ProblemException.Invalid(Name, FormattableString.Invariant($"'{Name}' has at most {mostCharacters} characters, and no U+0000."));
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["maxLength"] = mostCharacters };
}

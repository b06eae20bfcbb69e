using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>
/// Whole nano-dollars: a number where every JSON reader keeps it exactly (up to 2^53 − 1, nine million dollars), beyond that a text of
/// digits.
/// </summary>
[JsonConverter(typeof(NanosConverter))]
internal readonly record struct Nanos(long Value)
{
    /// <summary>The greatest whole number that a double and its neighbours keep apart.</summary>
    public const long MaxSafe = (1L << 53) - 1;
}

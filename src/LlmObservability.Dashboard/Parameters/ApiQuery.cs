using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>
/// The query string, taken apart and within bounds. Names are case-sensitive, since keys of tags are; the server's own collection is
/// not.
/// </summary>
internal sealed class ApiQuery
{
    /// <summary>The longest query string, in characters: a cursor and a filter fit.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The most parameters in it.</summary>
    public const int MaxParameters = 1_000;

    // The query string as the parameter at fault.
    private const string Whole = "query";

    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    private ApiQuery()
    {
    }

    /// <summary>What the query names, each once.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <exception cref="ProblemException">It is too long, or holds too much.</exception>
    public static ApiQuery Parse(QueryString text)
    {
        if (text.Value?.Length > MaxLength)
        {
            throw new ProblemException(
                StatusCodes.Status414UriTooLong, ProblemCode.TooLarge, FormattableString.Invariant($"A query string has at most {MaxLength} characters."), Whole);
        }

        var query = new ApiQuery();
        var count = 0;
        foreach (var pair in new QueryStringEnumerable(text.Value))
        {
            if (++count > MaxParameters)
            {
                throw ProblemException.Invalid(Whole, FormattableString.Invariant($"A query string has at most {MaxParameters} parameters."));
            }

            var name = pair.DecodeName().ToString();
            if (!query._values.TryGetValue(name, out var values))
            {
                query._values.Add(name, values = []);
            }

            values.Add(pair.DecodeValue().ToString());
        }

        return query;
    }

    /// <summary>All values of a parameter, in order.</summary>
    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var values) ? values : [];

    /// <summary>The value of a parameter that may stand once; null when it does not.</summary>
    public string? Single(string name) => _values.TryGetValue(name, out var values) ? values[0] : null;

    /// <summary>Checks that everything in the query is known, and none too often.</summary>
    /// <param name="parameters">What the endpoint takes.</param>
    /// <param name="takesFilter">Whether it takes a filter too.</param>
    /// <exception cref="ProblemException">Names the first that is not.</exception>
    public void Check(IReadOnlyList<ApiParameter> parameters, bool takesFilter)
    {
        foreach (var (name, values) in _values)
        {
            var most = parameters.FirstOrDefault(parameter => parameter.Name == name)?.MaxCount
                ?? (takesFilter ? FilterParameters.MaxCountOf(name) : 0);
            if (most == 0)
            {
                throw new ProblemException(
                    StatusCodes.Status400BadRequest, ProblemCode.UnknownParameter, $"There is no parameter '{SafeText.Of(name)}' here.", SafeText.Of(name));
            }

            if (values.Count > most)
            {
                throw ProblemException.Invalid(SafeText.Of(name), FormattableString.Invariant($"'{SafeText.Of(name)}' stands at most {most} times."));
            }
        }
    }
}

using System.Text;

namespace LlmObservability.StructuredOutput;

/// <summary>The names of a schema's properties, found by the raw text of an answer.</summary>
internal sealed class PropertyTable
{
    private readonly string[] _names;
    private readonly byte[]?[] _raw;
    private readonly Dictionary<string, int> _places;

    internal PropertyTable(IEnumerable<string> names)
    {
        _names = [.. names.Distinct(StringComparer.Ordinal)];
        // A name that JSON must escape is found by its text alone.
        _raw = Array.ConvertAll(_names, n => n.AsSpan().IndexOfAny('"', '\\') >= 0 ? null : Encoding.UTF8.GetBytes(n));
        _places = new Dictionary<string, int>(_names.Length, StringComparer.Ordinal);
        for (var i = 0; i < _names.Length; i++)
        {
            _places.Add(_names[i], i);
        }
    }

    internal int Count => _names.Length;

    internal string this[int place] => _names[place];

    internal int PlaceOf(string name) => _places.GetValueOrDefault(name, -1);

    /// <summary>
    /// Where a name stands, or -1. Answers keep the schema's order as a rule, so the place after the last is tried first,
    /// which takes no string.
    /// </summary>
    internal int Find(ReadOnlySpan<byte> raw, ref int next)
    {
        if (next < _raw.Length && _raw[next] is { } expected && raw.SequenceEqual(expected))
        {
            return next++;
        }

        if (_names.Length == 0 || !_places.TryGetValue(JsonText.Read(raw), out var place))
        {
            return -1;
        }

        next = place + 1;
        return place;
    }
}

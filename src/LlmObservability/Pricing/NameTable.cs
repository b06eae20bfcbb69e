namespace LlmObservability.Pricing;

/// <summary>Names and patterns with what they stand for: exact first, then the most literal characters, then file order.</summary>
internal sealed class NameTable<T>
    where T : class
{
    private readonly Dictionary<string, T> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly (NamePattern Pattern, T Value)[] _patterns;

    internal NameTable(IEnumerable<(string Name, T Value)> entries)
    {
        var patterns = new List<(NamePattern Pattern, T Value)>();
        foreach (var (name, value) in entries)
        {
            if (NamePattern.HasWildcard(name))
            {
                patterns.Add((new NamePattern(name), value));
            }
            else
            {
                _exact.TryAdd(name, value);
            }
        }

        // OrderBy is stable: equals stay in file order.
        _patterns = [.. patterns.OrderByDescending(p => p.Pattern.Literals)];
    }

    internal T? Find(string name)
    {
        if (_exact.TryGetValue(name, out var value))
        {
            return value;
        }

        foreach (var (pattern, candidate) in _patterns)
        {
            if (pattern.IsMatch(name))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Every value whose name or pattern matches, best first.</summary>
    internal IEnumerable<T> FindAll(string name)
    {
        if (_exact.TryGetValue(name, out var value))
        {
            yield return value;
        }

        foreach (var (pattern, candidate) in _patterns)
        {
            if (pattern.IsMatch(name))
            {
                yield return candidate;
            }
        }
    }
}

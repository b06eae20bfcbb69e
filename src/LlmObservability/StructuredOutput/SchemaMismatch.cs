namespace LlmObservability.StructuredOutput;

/// <summary>
/// One place where an answer differs from its schema. Nothing here is the answer's own text: a property that the schema
/// does not name is <c>*</c>, and no value is shown.
/// </summary>
/// <param name="InstanceLocation">A JSON pointer into the answer, empty at its root; of a long one its end.</param>
/// <param name="Keyword">The schema's keyword that fails.</param>
/// <param name="Reason">A few words, at most <see cref="MaxReason"/> characters.</param>
internal readonly record struct SchemaMismatch(string InstanceLocation, string Keyword, string Reason)
{
    internal const int MaxLocation = 100;
    internal const int MaxReason = 70;

    /// <summary>The most characters of <see cref="ToString"/>.</summary>
    internal const int MaxText = 200;

    /// <summary>The same place, seen from the value that holds it.</summary>
    /// <param name="segment">A property's name as the schema has it, an array's index, or <c>*</c>.</param>
    internal SchemaMismatch Below(string segment)
    {
        if (InstanceLocation.Length >= MaxLocation)
        {
            return this;
        }

        var location = $"/{segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}{InstanceLocation}";
        return this with { InstanceLocation = StorableText.Clean(location.Length > MaxLocation ? $"…{location[^(MaxLocation - 1)..]}" : location) };
    }

    /// <summary>A mismatch at the place where it is found; the schema's text, cut as needed, fills the reason's <c>{}</c>.</summary>
    internal static SchemaMismatch Here(string keyword, string reason, string? schemaText)
    {
        if (schemaText is null)
        {
            return new SchemaMismatch("", keyword, reason);
        }

        var room = MaxReason - reason.Length + "{}".Length;
        var shown = schemaText.Length > room ? $"{schemaText[..(room - 1)]}…" : schemaText;
        return new SchemaMismatch("", keyword, reason.Replace("{}", StorableText.Clean(shown), StringComparison.Ordinal));
    }

    /// <summary>As in <c>#/items/0/name type: is number, not string</c>.</summary>
    public override string ToString() => $"#{InstanceLocation} {Keyword}: {Reason}";
}

namespace LlmObservability.Telemetry;

/// <summary>Adds what is known, and nothing where nothing is.</summary>
internal static class KnownAttributes
{
    public static void AddKnown<T>(this T to, string key, string? value)
        where T : struct, IAttributes
    {
        if (value is not null)
        {
            to.Add(key, value);
        }
    }

    public static void AddKnown<T>(this T to, string key, int? value)
        where T : struct, IAttributes
    {
        if (value is { } known)
        {
            to.Add(key, known);
        }
    }

    public static void AddKnown<T>(this T to, string key, long? value)
        where T : struct, IAttributes
    {
        if (value is { } known)
        {
            to.Add(key, known);
        }
    }

    public static void AddKnown<T>(this T to, string key, double? value)
        where T : struct, IAttributes
    {
        if (value is { } known)
        {
            to.Add(key, known);
        }
    }

    public static void AddKnown<T>(this T to, string key, bool? value)
        where T : struct, IAttributes
    {
        if (value is { } known)
        {
            to.Add(key, known);
        }
    }

    /// <summary>Adds a count unless it is 0.</summary>
    public static void AddCount<T>(this T to, string key, long count)
        where T : struct, IAttributes
    {
        if (count > 0)
        {
            to.Add(key, count);
        }
    }
}

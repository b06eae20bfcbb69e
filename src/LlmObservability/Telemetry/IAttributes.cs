namespace LlmObservability.Telemetry;

/// <summary>
/// Takes attributes one by one: a live span, a log event, an exporter's message. So what is said of a call stands in one place.
/// Implemented by structs: nothing is allocated on the way.
/// </summary>
internal interface IAttributes
{
    void Add(string key, string value);

    void Add(string key, int value);

    void Add(string key, long value);

    void Add(string key, double value);

    void Add(string key, bool value);

    void Add(string key, Guid value);

    void Add(string key, string[] values);

    /// <param name="tag">A tag's key, without the prefix of the attributes of tags.</param>
    /// <param name="value">Its value.</param>
    void AddTag(string tag, string value);
}
